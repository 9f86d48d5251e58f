/** The whole configuration after checks: what app.ts and every room below it may know. Read once at start and frozen. */
import type { Secret } from '../secret.js';

export type Mode = 'development' | 'production';

export interface Config {
  readonly mode: Mode;
  readonly server: ServerConfig;
  readonly limits: LimitsConfig;
  /** Absolute path of the folder for everything Latchkey writes: database, jobs.db, development keys. */
  readonly dataFolder: string;
  readonly database: DatabaseConfig;
  /** The keyring as JSON text (see vault/keyring.ts). */
  readonly keyring: Secret;
  readonly callers: CallersConfig;
  /** Absolute path of the folder with one YAML file a provider; null for no providers. */
  readonly providersFolder: string | null;
  readonly authorization: AuthorizationConfig;
  readonly events: EventsConfig;
  readonly audit: AuditConfig;
  readonly playground: boolean;
  readonly introspection: boolean;
  /** Who sends it may read /metrics; null where the page is not served. */
  readonly metricsToken: Secret | null;
  /** How long requests are still taken after the gateway was asked to end. */
  readonly stopDelayMs: number;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
}

export interface ServerConfig {
  readonly host: string;
  /** 0 takes any free port (tests). */
  readonly port: number;
  /** The origin that browsers use, without a trailing slash: https://latchkey.example. Redirect URIs are built on it. */
  readonly publicUrl: string;
  /** Values of the Host header that are served, lower case, with port where it is not the scheme's own. */
  readonly allowedHosts: readonly string[];
  /** Origins of browser apps that may call /graphql and /proxy across origins; credentials (cookies) are never allowed. */
  readonly corsOrigins: readonly string[];
  /** Addresses or CIDR ranges of proxies whose X-Forwarded-* are believed; none by default. */
  readonly trustedProxies: readonly string[];
}

/** What callers may ask of this instance. 0 where there is no limit. */
export interface LimitsConfig {
  /** Of one GraphQL operation (graphql/limits). */
  readonly query: { readonly cost: number; readonly depth: number; readonly aliases: number };
  /** After how long a request is answered with what there is. */
  readonly requestMs: number;
  /** Silences of a body that flows through us. */
  readonly proxy: { readonly firstByteMs: number; readonly idleMs: number };
  readonly userRequestsPerMinute: number;
  readonly userConcurrency: number;
  /** Without a valid JWT. */
  readonly addressRequestsPerMinute: number;
  /** With a JWT that is refused. */
  readonly addressFailuresPerMinute: number;
  readonly connections: number;
  /** Event streams that are open at the same time, in all and of one user. */
  readonly streams: number;
  readonly userStreams: number;
}

export type DatabaseConfig = SqliteConfig | PostgresConfig;

export interface SqliteConfig {
  readonly kind: 'sqlite';
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute path of Agenda's disposable file. */
  readonly jobsFile: string;
}

export interface PostgresConfig {
  readonly kind: 'postgres';
  /** postgres://user:password@host:port/name?sslmode=... */
  readonly url: Secret;
  /** host:port/name, for people; nothing of it is secret. */
  readonly place: string;
  /** Connections that this instance opens at most. */
  readonly poolSize: number;
}

export interface CallersConfig {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly key: CallerKey;
  /** JWS algorithms that are accepted, never `none`. */
  readonly algorithms: readonly string[];
  readonly clockToleranceSeconds: number;
  /** The claim that holds the user id. */
  readonly userIdClaim: string;
  /** The claim that holds roles: a text, a list, or a path with dots (realm_access.roles). */
  readonly rolesClaim: string;
  /** Values of the roles claim that make an admin, each with what limits it. */
  readonly adminRoles: Readonly<Record<string, AdminLimits>>;
}

/** What an admin may do for others. */
export interface AdminLimits {
  /** Null: all providers. */
  readonly providers: readonly string[] | null;
  /** What the ids of the users begin with; null: all users. */
  readonly users: readonly string[] | null;
  readonly readOnly: boolean;
}

export type CallerKey =
  | { readonly kind: 'jwksUrl'; readonly url: string }
  | { readonly kind: 'discovery' }
  | { readonly kind: 'publicKey'; readonly pem: string }
  | { readonly kind: 'sharedSecret'; readonly secret: Secret };

/** What is told and kept of accounts. */
export interface EventsConfig {
  /** How long it is kept what became of each refresh. */
  readonly refreshHistoryDays: number;
  /** How long events are kept once told. */
  readonly eventDays: number;
  /** How many days before the end of a refresh token the app is told; 0 for never. */
  readonly expiryNoticeDays: number;
  /** Null where no webhook is told. */
  readonly webhook: WebhookConfig | null;
}

export interface AuditConfig {
  /** 0 keeps all. */
  readonly retentionDays: number;
  readonly checkpointMinutes: number;
  /** Null where checkpoints are posted nowhere. */
  readonly checkpointAddress: { readonly url: string; readonly network: 'public' | 'loopback' } | null;
}

export interface WebhookConfig {
  readonly url: string;
  readonly network: 'public' | 'loopback';
  /** The keys of the signatures, as base64 without `whsec_`: the one that stands, and the one before it while both do. */
  readonly secrets: readonly Secret[];
  readonly types: readonly WebhookEventType[];
}

export type WebhookEventType =
  'CONNECTED' | 'REFRESHED' | 'NEEDS_REAUTHORIZATION' | 'RECOVERED' | 'DISCONNECTED' | 'EXPIRING';

export interface AuthorizationConfig {
  /** How long a started authorization may take, in seconds. */
  readonly lifetimeSeconds: number;
  /** How long a repeated completion by the same user gets the same outcome, in seconds. */
  readonly repeatSeconds: number;
  /** How long a code that waits for its user's JWT is kept, in seconds. */
  readonly parkedCodeSeconds: number;
  /** Where the browser may go after /oauth/callback/:provider, each compared byte for byte. */
  readonly returnTo: readonly string[];
}
