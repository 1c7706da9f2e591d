/** What a type is made of; others are what they are by themselves. */
export type TypeShape =
  | { readonly kind: 'array'; readonly element: number }
  | { readonly kind: 'domain'; readonly base: number }
  | { readonly kind: 'row'; readonly members: readonly number[] };

export type TypeShapes = ReadonlyMap<number, TypeShape>;

/** OIDs of pg_type.dat: an array's, and of what. */
const arrays: readonly (readonly [array: number, element: number])[] = [
  ...([
    [1005, 21],
    [1007, 23],
    [1016, 20],
    [1028, 26],
    [1021, 700],
    [1022, 701],
  ] as const),
  ...([
    [1231, 1700],
    [1182, 1082],
    [1183, 1083],
    [1115, 1114],
    [1185, 1184],
  ] as const),
  ...([
    [2951, 2950],
    [1001, 17],
    [1041, 869],
    [651, 650],
    [1040, 829],
    [775, 774],
  ] as const),
  ...([
    [1009, 25],
    [1015, 1043],
    [1014, 1042],
    [1003, 19],
    [143, 142],
  ] as const),
  ...([
    [199, 114],
    [3807, 3802],
  ] as const),
];

export const builtInShapes: TypeShapes = new Map(
  arrays.map(([array, element]) => [array, { kind: 'array', element }]),
);
