// Prints objects of Kubernetes with random contents, each as JSON on a line of its own: its
// apiVersion and kind, and how Kubernetes' own code writes it in protobuf and in JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strconv"

	fuzz "github.com/google/gofuzz"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	jsonserializer "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/client-go/kubernetes/scheme"
)

type sample struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Protobuf   []byte          `json:"protobuf"`
	JSON       json.RawMessage `json:"json"`
}

var (
	toProtobuf = protobuf.NewSerializer(scheme.Scheme, scheme.Scheme)
	toJSON     = jsonserializer.NewSerializerWithOptions(
		jsonserializer.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, jsonserializer.SerializerOptions{})
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("give a seed, and how many there shall be of each kind"))
	}
	seed, err := strconv.ParseInt(os.Args[1], 10, 64)
	fail(err)
	count, err := strconv.Atoi(os.Args[2])
	fail(err)
	filler := fuzzer.FuzzerFor(
		fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, embedded),
		rand.NewSource(seed), scheme.Codecs)
	lines := json.NewEncoder(os.Stdout)
	for _, kind := range kinds() {
		for round := 0; round < count; round++ {
			one, err := sampleOf(kind, filler)
			fail(err)
			fail(lines.Encode(one))
		}
	}
}

func kinds() []schema.GroupVersionKind {
	var all []schema.GroupVersionKind
	for kind := range scheme.Scheme.AllKnownTypes() {
		// Events of a watch are only ever in answers.
		if kind.Version != runtime.APIVersionInternal && kind.Kind != "WatchEvent" {
			all = append(all, kind)
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].String() < all[j].String() })
	return all
}

// What is in an extension is of no type that anybody here knows.
func embedded(serializer.CodecFactory) []interface{} {
	return []interface{}{
		func(raw *runtime.RawExtension, c fuzz.Continue) {
			*raw = runtime.RawExtension{}
			if c.RandBool() {
				raw.Raw = []byte(`{"apiVersion":"example.org/v1","kind":"Any","list":[1,"a",null]}`)
			}
		},
	}
}

// The JSON is that of what a server reads from the protobuf.
func sampleOf(kind schema.GroupVersionKind, filler *fuzz.Fuzzer) (sample, error) {
	object, err := scheme.Scheme.New(kind)
	if err != nil {
		return sample{}, err
	}
	filler.Fuzz(object)
	object.GetObjectKind().SetGroupVersionKind(kind)
	var binary, text bytes.Buffer
	if err := toProtobuf.Encode(object, &binary); err != nil {
		return sample{}, err
	}
	read, _, err := toProtobuf.Decode(binary.Bytes(), nil, nil)
	if err != nil {
		return sample{}, err
	}
	read.GetObjectKind().SetGroupVersionKind(kind)
	if err := toJSON.Encode(read, &text); err != nil {
		return sample{}, err
	}
	apiVersion, name := kind.ToAPIVersionAndKind()
	return sample{apiVersion, name, binary.Bytes(), text.Bytes()}, nil
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
