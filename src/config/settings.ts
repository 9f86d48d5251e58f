/** The one table of settings: names, what they are for, defaults, and how their text is read. readConfig reads by it and
 *  docs/settings.md is generated from it, so that what is written here is what holds. */
import type { z } from 'zod';
import { auditSettings } from './audit-settings.js';
import { eventSettings } from './event-settings.js';
import * as read from './setting-readers.js';

type SettingGroup = (typeof settingGroups)[number];

export const settingGroups = [
  'Server',
  'Limits',
  'Vault',
  'Callers',
  'Providers and authorizations',
  'History and events',
  'Audit',
  'Tools',
] as const;

interface PlainSetting {
  readonly group: SettingGroup;
  /** What it is for, as Markdown. */
  readonly what: string;
  readonly read: z.ZodType<unknown, string>;
  /** The text that holds where none is given. */
  readonly fallback?: string;
  /** Says in words what holds where none is given, when that depends on other settings. */
  readonly otherwise?: string;
  readonly example: string;
}

/** Also read from a file, by the same name with _FILE. */
interface FileSetting {
  readonly group: SettingGroup;
  readonly what: string;
  readonly isAlsoFile: true;
  readonly otherwise: string;
  readonly example: string;
}

export type Setting = PlainSetting | FileSetting;
export type SettingName = keyof typeof settings;

const oneKeySource = 'one of the four key settings must be given';

export const settings = {
  HOST: {
    group: 'Server',
    what: 'The address to listen on. `0.0.0.0` listens on all; put a proxy that speaks TLS before it.',
    read: read.listenHost,
    fallback: '127.0.0.1',
    example: '0.0.0.0',
  },
  PORT: {
    group: 'Server',
    what: 'The port to listen on; `0` takes any free one.',
    read: read.wholeNumber({ from: 0, to: 65535 }),
    fallback: '4000',
    example: '8080',
  },
  LATCHKEY_MODE: {
    group: 'Server',
    what: '`production`, or `development`, which allows development keys and providers on this machine.',
    read: read.choice(['production', 'development']),
    fallback: 'production',
    example: 'production',
  },
  LATCHKEY_PUBLIC_URL: {
    group: 'Server',
    what: 'The origin that browsers use. Redirect URIs are built on it, so it must stay what is registered at the providers. https, except on this machine itself.',
    read: read.origin,
    otherwise: 'required in production; in development `http://HOST:PORT`',
    example: 'https://latchkey.example',
  },
  LATCHKEY_ALLOWED_HOSTS: {
    group: 'Server',
    what: 'Further values of the `Host` header that are served, with the port where it is not the scheme’s own; any other gets 421. A list.',
    read: read.listOf(read.hostHeader),
    otherwise:
      'the host of `LATCHKEY_PUBLIC_URL` alone; in development also `localhost`, `127.0.0.1` and `[::1]` with the port',
    example: 'latchkey.internal:4000',
  },
  LATCHKEY_CORS_ORIGINS: {
    group: 'Server',
    what: 'Origins of browser apps that may call `/graphql` and `/proxy` from another origin. A list.',
    read: read.listOf(read.origin),
    fallback: '',
    example: 'https://app.example',
  },
  LATCHKEY_TRUSTED_PROXIES: {
    group: 'Server',
    what: 'Addresses or ranges of proxies whose `X-Forwarded-*` headers are believed. A list.',
    read: read.listOf(read.addressRange),
    fallback: '',
    example: '10.0.0.0/8',
  },
  LATCHKEY_STOP_DELAY_SECONDS: {
    group: 'Server',
    what: 'How long after SIGTERM requests are still taken, while `/readyz` already answers 503: time for a load balancer to notice. Part of the 10 s within which Latchkey ends.',
    read: read.wholeNumber({ from: 0, to: 5 }),
    fallback: '1',
    example: '3',
  },
  LATCHKEY_LIMIT_QUERY_COST: {
    group: 'Limits',
    what: 'What one GraphQL operation may cost: a field 1, what is in a list as often as the list may be long (`first`), a profile or a mutation 100. A dearer one is refused before anything is resolved, with its cost. The introspection of tools costs about 1300.',
    read: read.wholeNumber({ from: 1500, to: 1_000_000 }),
    fallback: '5000',
    example: '10000',
  },
  LATCHKEY_LIMIT_QUERY_DEPTH: {
    group: 'Limits',
    what: 'How many levels deep an operation may nest. The introspection of tools needs 15.',
    read: read.wholeNumber({ from: 5, to: 100 }),
    fallback: '15',
    example: '20',
  },
  LATCHKEY_LIMIT_QUERY_ALIASES: {
    group: 'Limits',
    what: 'How many aliases an operation may use, those of its fragments wherever they are spread.',
    read: read.wholeNumber({ from: 1, to: 1000 }),
    fallback: '30',
    example: '50',
  },
  LATCHKEY_LIMIT_REQUEST_SECONDS: {
    group: 'Limits',
    what: 'After how long a request is answered with what there is, and DEADLINE_EXCEEDED for the rest. What was begun, such as a refresh, goes on.',
    read: read.wholeNumber({ from: 1, to: 300 }),
    fallback: '30',
    example: '20',
  },
  LATCHKEY_LIMIT_PROXY_FIRST_BYTE_SECONDS: {
    group: 'Limits',
    what: 'How long a provider may take to begin its answer to a call through `/proxy`, from the last byte that was sent to it.',
    read: read.wholeNumber({ from: 1, to: 300 }),
    fallback: '60',
    example: '20',
  },
  LATCHKEY_LIMIT_PROXY_IDLE_SECONDS: {
    group: 'Limits',
    what: 'How long a body that flows through `/proxy` may stand still while its reader waits, either way. Bodies have no other limit of time or length.',
    read: read.wholeNumber({ from: 1, to: 300 }),
    fallback: '300',
    example: '60',
  },
  LATCHKEY_LIMIT_USER_REQUESTS: {
    group: 'Limits',
    what: 'Requests a minute that one user may send, known by a valid JWT; as many may come at once. `0` for no limit. Each instance counts for itself.',
    read: read.wholeNumber({ from: 0, to: 1_000_000 }),
    fallback: '600',
    example: '1200',
  },
  LATCHKEY_LIMIT_USER_CONCURRENCY: {
    group: 'Limits',
    what: 'Requests of one user that are answered at the same time. `0` for no limit.',
    read: read.wholeNumber({ from: 0, to: 10_000 }),
    fallback: '100',
    example: '50',
  },
  LATCHKEY_LIMIT_ADDRESS_REQUESTS: {
    group: 'Limits',
    what: 'Requests a minute without a valid JWT that one address may send; of IPv6, one /64. `0` for no limit. Behind a proxy, list it in `LATCHKEY_TRUSTED_PROXIES`: else all share its address.',
    read: read.wholeNumber({ from: 0, to: 1_000_000 }),
    fallback: '1200',
    example: '300',
  },
  LATCHKEY_LIMIT_ADDRESS_FAILURES: {
    group: 'Limits',
    what: 'Requests a minute with a JWT that is refused that one address may send; those with a valid one go on. `0` for no limit.',
    read: read.wholeNumber({ from: 0, to: 1_000_000 }),
    fallback: '60',
    example: '30',
  },
  LATCHKEY_LIMIT_CONNECTIONS: {
    group: 'Limits',
    what: 'Connections that are open at the same time. One address may hold half of them, a trusted proxy all.',
    read: read.wholeNumber({ from: 10, to: 100_000 }),
    fallback: '5000',
    example: '20000',
  },
  LATCHKEY_DATA_FOLDER: {
    group: 'Vault',
    what: 'The folder for everything that Latchkey writes, the SQLite database above all. On a local disk.',
    read: read.text,
    fallback: '.latchkey',
    example: '/var/lib/latchkey',
  },
  LATCHKEY_DATABASE_URL: {
    group: 'Vault',
    what: 'Where PostgreSQL answers, as `postgres://user:password@host:port/name`; several instances may share one. Special characters of the password are percent-encoded. `?sslmode=verify-full` speaks TLS and checks the server’s certificate; production wants `sslmode` said for a host that is not this machine. docs/postgresql.md has the rest.',
    isAlsoFile: true,
    otherwise: 'SQLite, in the data folder',
    example: '/run/secrets/database-url',
  },
  LATCHKEY_DATABASE_POOL_SIZE: {
    group: 'Vault',
    what: 'Connections to PostgreSQL that this instance opens at most. All instances together must stay below the server’s `max_connections`.',
    read: read.wholeNumber({ from: 2, to: 500 }),
    fallback: '10',
    example: '20',
  },
  LATCHKEY_KEYRING: {
    group: 'Vault',
    what: 'The keyring that seals tokens, as JSON; made by `node dist/src/cli/latchkey.js keys new`. Keep a copy apart from the database’s backups: without it the vault cannot be opened.',
    isAlsoFile: true,
    otherwise: 'required',
    example: '/run/secrets/keyring.json',
  },
  LATCHKEY_JWT_ISSUER: {
    group: 'Callers',
    what: 'The `iss` of your users’ JWTs, byte for byte.',
    read: read.text,
    otherwise: 'required',
    example: 'https://login.example.com',
  },
  LATCHKEY_JWT_AUDIENCE: {
    group: 'Callers',
    what: 'Values of `aud` that are accepted; a JWT must name one of them. A list.',
    read: read.listOf(read.text),
    otherwise: 'required',
    example: 'latchkey',
  },
  LATCHKEY_JWT_JWKS_URL: {
    group: 'Callers',
    what: 'Where the issuer publishes its keys (RFC 7517). Fetched when needed and kept; a key that is not known yet is looked for again.',
    read: read.webUrl,
    otherwise: oneKeySource,
    example: 'https://login.example.com/.well-known/jwks.json',
  },
  LATCHKEY_JWT_DISCOVERY: {
    group: 'Callers',
    what: '`true` finds the keys through the issuer’s OpenID discovery document.',
    read: read.flag,
    otherwise: oneKeySource,
    example: 'true',
  },
  LATCHKEY_JWT_PUBLIC_KEY: {
    group: 'Callers',
    what: 'The issuer’s public key or certificate, as PEM.',
    isAlsoFile: true,
    otherwise: oneKeySource,
    example: '/etc/latchkey/issuer.pem',
  },
  LATCHKEY_JWT_SECRET: {
    group: 'Callers',
    what: 'The secret that is shared with the issuer (HS256 and kin), at least 32 bytes. Whoever has it can be every user, so prefer one of the others.',
    isAlsoFile: true,
    otherwise: oneKeySource,
    example: '/run/secrets/jwt-secret',
  },
  LATCHKEY_JWT_ALGORITHMS: {
    group: 'Callers',
    what: 'Algorithms that are accepted (RFC 7518 §3.1). They must suit the key; `none` never does. A list.',
    read: read.listOf(read.text),
    otherwise:
      '`RS256`, `PS256`, `ES256` and `EdDSA` for published keys; what suits the public key; `HS256` for a shared secret',
    example: 'ES256',
  },
  LATCHKEY_JWT_CLOCK_TOLERANCE_SECONDS: {
    group: 'Callers',
    what: 'How far the issuer’s clock may differ, when `exp` and `nbf` are checked.',
    read: read.wholeNumber({ from: 0, to: 300 }),
    fallback: '5',
    example: '30',
  },
  LATCHKEY_JWT_USER_ID_CLAIM: {
    group: 'Callers',
    what: 'The claim that holds the user id: its name, or a path with dots. It must never be given to another person.',
    read: read.text,
    fallback: 'sub',
    example: 'https://app.example/user_id',
  },
  LATCHKEY_JWT_ROLES_CLAIM: {
    group: 'Callers',
    what: 'The claim that holds roles, as a text or a list: its name, or a path with dots.',
    read: read.text,
    fallback: 'roles',
    example: 'realm_access.roles',
  },
  LATCHKEY_JWT_ADMIN_ROLES: {
    group: 'Callers',
    what: 'Values of that claim that make an admin, who may act on behalf of users. A list.',
    read: read.listOf(read.text),
    fallback: '',
    example: 'latchkey-admin',
  },
  LATCHKEY_PROVIDERS_FOLDER: {
    group: 'Providers and authorizations',
    what: 'The folder with one YAML file a provider. Client credentials stand in `LATCHKEY_PROVIDER_<ID>_CLIENT_ID`, `_CLIENT_SECRET`, `_CLIENT_SECRET_NEXT` (a second one, while one is exchanged for the other) and `_PRIVATE_KEY` (all but the first also with `_FILE`), where `<ID>` is the provider’s id in capitals with `_` for `-`.',
    read: read.text,
    otherwise: 'no providers',
    example: '/etc/latchkey/providers',
  },
  LATCHKEY_RETURN_TO_URLS: {
    group: 'Providers and authorizations',
    what: 'Pages of your app to which the browser may go after `/oauth/callback/:provider`, compared byte for byte. A list.',
    read: read.listOf(read.webUrl),
    fallback: '',
    example: 'https://app.example/connected',
  },
  LATCHKEY_AUTHORIZATION_LIFETIME_SECONDS: {
    group: 'Providers and authorizations',
    what: 'How long a user may take from the start of an authorization to its end.',
    read: read.wholeNumber({ from: 60, to: 3600 }),
    fallback: '600',
    example: '900',
  },
  ...eventSettings,
  ...auditSettings,
  LATCHKEY_PLAYGROUND: {
    group: 'Tools',
    what: 'Whether `/playground` is served.',
    read: read.flag,
    otherwise: '`true` in development, else `false`',
    example: 'true',
  },
  LATCHKEY_INTROSPECTION: {
    group: 'Tools',
    what: 'Whether `/graphql` answers questions about its schema; the playground needs it.',
    read: read.flag,
    otherwise: '`true` where the playground is served, else `false`',
    example: 'true',
  },
  LATCHKEY_METRICS_TOKEN: {
    group: 'Tools',
    what: 'Serves `/metrics` to those who send this text as a bearer token: at least 24 characters, such as `openssl rand -hex 32` makes. docs/operations.md has the rest.',
    isAlsoFile: true,
    otherwise: '`/metrics` is not served',
    example: '/run/secrets/metrics-token',
  },
  LATCHKEY_LOG_LEVEL: {
    group: 'Tools',
    what: 'The least weight of what is logged: `fatal`, `error`, `warn`, `info`, `debug`, or `silent` for nothing.',
    read: read.choice(['fatal', 'error', 'warn', 'info', 'debug', 'silent']),
    fallback: 'info',
    example: 'debug',
  },
} as const satisfies Record<string, Setting>;

export const settingNames = Object.keys(settings) as SettingName[];
