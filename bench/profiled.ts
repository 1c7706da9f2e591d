/** With HOOPX_BENCH_PROFILE=FOLDER the product's processes leave CPU profiles there. */
export function profiled(part: string): readonly string[] {
  const folder = process.env.HOOPX_BENCH_PROFILE;
  if (folder === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${part}.cpuprofile`];
}
