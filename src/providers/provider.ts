/** A provider as the rest of the code sees it: the definition (how it speaks) joined with the operator's registration
 *  there (client id, secret, redirect URIs). Built by the catalogue; frozen. Every quirk of a provider is a field here.
 *  Where addresses or texts of it have placeholders, it is a template: fill-provider.ts makes a provider of it for one
 *  account's values, and no request is made with less. */
import type { Secret } from '../secret.js';
import type { Dialect, Lifetimes, MeRequest, Rotation } from './dialect.js';

export interface Provider {
  /** The slug that callers use. */
  readonly id: string;
  readonly name: string;
  /** OpenID Connect issuer; endpoints come from its discovery document (RFC 8414 §3.3, OpenID Discovery §4.3). Null for a
   *  provider that has none: then its endpoints are all there is. */
  readonly issuer: string | null;
  /** Addresses that stand over those of the discovery document; with authorize and token none is asked for. */
  readonly endpoints: ProviderEndpoints;
  /** `loopback` allows plain http and 127.0.0.0/8, ::1 for this provider; refused in production. */
  readonly network: 'public' | 'loopback';
  /** Origins of its API that may get this provider's access token: a caller may name one of them instead of the base. */
  readonly apiOrigins: readonly string[];
  /** How callers reach its API (proxy/); null where no address of it is known. */
  readonly api: ProviderApi | null;
  readonly client: ProviderClient;
  /** Asked when the caller names no scopes. */
  readonly defaultScopes: readonly string[];
  /** All that may be asked: the default ones and the operator's optional ones. */
  readonly allowedScopes: readonly string[];
  /** Extra parameters of the authorization request, such as prompt=consent. */
  readonly authorizationParameters: Readonly<Record<string, string>>;
  /** RFC 8707 resource indicator, sent with authorization, code and refresh requests. */
  readonly resource: string | null;
  /** Callback pages of the app itself that are registered at the provider, compared byte for byte. */
  readonly redirectUris: readonly string[];
  /** Values that a user must give before connecting. */
  readonly parameters: readonly ProviderParameter[];
  /** What is known before anybody connects, and stands where a user gives no value of the same name. */
  readonly values: ProviderValues;
  /** The names that its placeholders still need; none once it is filled. */
  readonly placeholders: readonly string[];
  /** Where hosts that a value chooses may be (address-template.ts). */
  readonly hosts: readonly string[];
  readonly dialect: Dialect;
  /** How to ask whose a token is; null asks the userinfo endpoint (OpenID Connect Core §5.3). */
  readonly me: MeRequest | null;
  readonly rotation: Rotation;
  readonly lifetimes: Lifetimes;
  readonly refreshPolicy: RefreshPolicy;
  /** How much the provider takes. */
  readonly rateLimits: readonly RateLimit[];
  /** When the provider switches these endpoints off, and what to use then. */
  readonly closing: ProviderClosing | null;
  readonly documentationUrl: string | null;
}

/** What fills the placeholders of one account, by name. */
export type ProviderValues = Readonly<Record<string, string>>;

export interface ProviderEndpoints {
  readonly authorize?: string | undefined;
  readonly token?: string | undefined;
  /** Where it is not the token endpoint. */
  readonly refresh?: string | undefined;
  readonly revoke?: string | undefined;
  readonly introspect?: string | undefined;
  readonly userinfo?: string | undefined;
  /** Where signed requests get their nonce. */
  readonly nonce?: string | undefined;
  readonly jwks?: string | undefined;
}

export interface ProviderApi {
  /** Every path that is asked for lies below it. Absolute, without a trailing slash, query or fragment. */
  readonly base: string;
  /** Sent with each call, over what the caller sends. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the token goes: RFC 6750 §2.1 unless the provider wants it elsewhere; no scheme where the token stands alone.
   *  In a query it can end up in the provider's logs. */
  readonly token: { readonly header: string; readonly scheme: string | null } | { readonly query: string };
  /** Whether answers can hold the token, which is then masked in them. */
  readonly echoesToken: boolean;
  /** What is allowed, everything else is not; null allows all. */
  readonly allow: readonly ApiRule[] | null;
}

export interface ApiRule {
  /** Null for all. */
  readonly methods: readonly string[] | null;
  /** Below the base. `*` is one segment, `**` at the end any number. */
  readonly paths: readonly string[];
  /** Who has one of these; every caller is a `user`. */
  readonly roles: readonly ('user' | 'admin')[];
}

/** So many requests in so many seconds: of this client, of one of its accounts, or of one user of the provider. */
export interface RateLimit {
  readonly per: 'app' | 'account' | 'user';
  readonly requests: number;
  readonly seconds: number;
  readonly source: string | null;
}

export interface ProviderClosing {
  /** YYYY-MM-DD */
  readonly on: string;
  /** What the operator should do. */
  readonly instead: string | null;
}

/** RFC 6749 §2.3, OpenID Connect Core §9. */
export type ProviderClient =
  | {
      readonly authentication: 'client_secret_basic' | 'client_secret_post';
      readonly id: string;
      readonly secret: Secret;
      /** A second one that the provider may take instead, while one is exchanged for the other. */
      readonly nextSecret?: Secret | undefined;
    }
  | {
      readonly authentication: 'private_key_jwt';
      readonly id: string;
      readonly privateKeyPem: Secret;
      readonly algorithm: string;
      readonly keyId: string | null;
    }
  /** The secret is a JWT that the operator's key signs anew for each request. */
  | {
      readonly authentication: 'signed_secret';
      readonly id: string;
      readonly privateKeyPem: Secret;
      readonly algorithm: string;
      readonly keyId: string | null;
      readonly issuer: string;
      readonly audience: string;
      readonly lifetimeSeconds: number;
    }
  | { readonly authentication: 'none'; readonly id: string };

export interface ProviderParameter {
  readonly name: string;
  readonly description: string;
  readonly pattern: string | null;
  readonly required: boolean;
  readonly example: string | null;
}

/** When tokens are renewed; refresh/plan.ts says what each part does. */
export interface RefreshPolicy {
  readonly mode: 'SCHEDULED' | 'LAZY' | 'WHEN_ACTIVE' | 'NEVER';
  readonly leadSeconds: number | null;
  readonly jitterSeconds: number | null;
  readonly idleAfterSeconds: number | null;
  readonly keepAliveSeconds: number | null;
  /** The provider takes no refresh while more than this is left of the access token; 0: only once it is over. */
  readonly notBeforeSeconds: number | null;
  /** The provider takes no refresh of an access token that is younger. */
  readonly minimumAgeSeconds: number | null;
  /** The provider takes no refresh once less than this is left of the access token; 0: not once it is over. */
  readonly notAfterSeconds: number | null;
  /** A refresh that brings the access token that stands came too early: it brought nothing. */
  readonly sameTokenMeansTooEarly: boolean;
  /** Refreshes a second that the provider is sent at most for all accounts; null for no limit. */
  readonly budgetPerSecond: number | null;
  readonly reason: string | null;
  readonly source: string | null;
}

/** The catalogue of this deployment. */
export interface Catalogue {
  list(): readonly Provider[];
  /** Throws UNKNOWN_PROVIDER. Where it has placeholders, it is a template. */
  get(id: string): Provider;
  /** What a request for an account is made with. Throws UNKNOWN_PROVIDER, and PROVIDER_MISCONFIGURED where the account's
   *  values do not fill its addresses, or no longer. */
  forAccount(account: ProviderOfAccount): Provider;
}

export interface ProviderOfAccount {
  readonly providerId: string;
  readonly providerValues: ProviderValues;
}
