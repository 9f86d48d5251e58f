/** How a provider departs from the specifications, as data: what the engine in this room (rewrite-request.ts,
 *  read-answer.ts, standard-answer.ts) is told about one. Parsed from the definition; part of a Provider; frozen.
 *  What is called an expression is JMESPath. */

import type { JsonTemplate } from './request-schema.js';

/** The requests whose answers have a dialect. */
export type Call = 'token' | 'refresh' | 'revoke' | 'me';

/** What a provider's refusal means, whatever it calls it.
 *  deadGrant: code or refresh token are over, ask the user. configuration: our client is at fault. request: what we asked
 *  is. retryLater: the provider's bad moment. rateLimited: too many calls. accessTokenRefused: as a 401 on an API call.
 *  scopeMissing: as a 403 for want of a scope. */
export type FailureClass =
  'deadGrant' | 'configuration' | 'request' | 'retryLater' | 'rateLimited' | 'accessTokenRefused' | 'scopeMissing';

export interface Dialect {
  readonly scopeSeparator: string;
  /** How the provider names a granted scope, where it is not as it was asked for. */
  readonly scopeNames: Readonly<Record<string, string>>;
  /** `off` only where the provider's own documentation refuses it. */
  readonly pkce: 'required' | 'on' | 'off';
  readonly authorize: Omit<ParameterChanges, 'add'>;
  /** What stands in redirect_uri where the provider wants a name that it registered for it; null for the address itself. */
  readonly redirectUriAs: string | null;
  /** Scopes that are asked for in a parameter of their own in place of `scope`; `all` of them, or these. */
  readonly scopeParameters: Readonly<Record<string, 'all' | readonly string[]>>;
  readonly callback: CallbackDialect;
  /** {state} stands for the state of the attempt. */
  readonly token: TokenRequest;
  /** A trade of the access token that a code brought for one that lives longer; null where there is none. */
  readonly exchange: ExchangeRequest | null;
  readonly refresh: TokenRequest;
  readonly revoke: RevokeDialect;
  readonly answers: AnswerDialect;
  readonly tokens: TokenMembers;
  readonly keep: KeptValues;
}

/** How the provider writes its answer into the callback. */
export interface CallbackDialect {
  /** Under which names code and state come. */
  readonly code: string;
  readonly state: string;
  /** OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode: form_post comes as a POST from the provider's page. */
  readonly responseMode: 'query' | 'form_post';
}

/** The values that are kept with an account, by our name for each; each fills {name}. */
export interface KeptValues {
  /** The name of a parameter of the callback. */
  readonly callback: Readonly<Record<string, string>>;
  /** Expression on the content of the token answer. */
  readonly answer: Readonly<Record<string, string>>;
  /** Expression on the content of the answer to `me`. */
  readonly me: Readonly<Record<string, string>>;
}

export interface ParameterChanges {
  readonly add: Readonly<Record<string, string>>;
  /** Our name to theirs. */
  readonly rename: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

export interface RequestChanges extends ParameterChanges {
  /** `query`: there is no body; what is sent, secrets too, stands in the address. */
  readonly body: 'form' | 'json' | 'query';
}

export interface TokenRequest extends RequestChanges {
  /** GET goes with query. */
  readonly method: 'GET' | 'POST';
}

/** Its answer is read as a token answer. In the parameters {clientId}, {clientSecret} and {accessToken} stand for those. */
export interface ExchangeRequest {
  readonly url: string;
  /** With GET the parameters stand in the address. */
  readonly method: 'GET' | 'POST';
  readonly parameters: Readonly<Record<string, string>>;
}

export interface RevokeDialect extends RequestChanges {
  readonly method: 'POST' | 'DELETE';
  /** Null authenticates as for tokens. */
  readonly authentication: 'client_secret_basic' | 'client_secret_post' | 'none' | null;
  /** `pair`: refresh token, then access token. `refreshToken`: it alone, or the access token where there is none.
   *  `accessToken`: it alone. `account`: one request that names the account and holds no token. */
  readonly of: 'pair' | 'refreshToken' | 'accessToken' | 'account';
  /** Parameters that take a value of the account. */
  readonly account: Readonly<Record<string, 'externalId'>>;
  readonly signature: SignatureScheme | null;
}

/** hmacSha256WithNonce: a nonce is asked for first, by a request that is signed with the time in its place. A signature is
 *  the hexadecimal HMAC-SHA-256, keyed with the client's secret, over the values of the signed parameters, joined by
 *  commas in the alphabetical order of their names. */
export interface SignatureScheme {
  readonly scheme: 'hmacSha256WithNonce';
  readonly nonce: {
    readonly add: Readonly<Record<string, string>>;
    readonly signed: readonly string[];
    /** Where the nonce lies in the content of the answer. */
    readonly at: string;
  };
  readonly signed: readonly string[];
}

export interface AnswerDialect {
  /** `contentType` believes the header. */
  readonly format: 'json' | 'form' | 'contentType';
  /** Expression: the object that holds the content; null for the whole answer. */
  readonly at: string | null;
  /** Expression on a whole 2xx answer: true for a success. Null for those that every 2xx is. */
  readonly success: string | null;
  /** Expressions: the first that gives a text or a number is the error's code. */
  readonly error: readonly string[];
  /** Expressions: texts that `text` of a rule looks into. They are never shown. */
  readonly errorText: readonly string[];
  /** Expression: seconds to wait. */
  readonly retryAfter: string | null;
  /** The first that fits is used. */
  readonly errors: readonly ErrorRule[];
}

export interface ErrorRule {
  /** Codes, or ranges of numbers: 201-213. */
  readonly codes: readonly string[];
  /** HTTP status; null for any but 429 and 5xx, which always mean what they say. */
  readonly http: number | null;
  /** Regular expression on the error's texts, any case. */
  readonly text: string | null;
  /** Empty for every call. */
  readonly calls: readonly Call[];
  readonly means: FailureClass;
}

/** Expressions on the content of a token answer, for members that do not lie under their own names. */
export interface TokenMembers {
  readonly access_token: string | null;
  readonly token_type: string | null;
  readonly refresh_token: string | null;
  readonly scope: string | null;
  readonly expires_in: string | null;
  readonly refresh_token_expires_in: string | null;
  /** Of both numbers above. */
  readonly expiresInUnit: 'seconds' | 'milliseconds';
  /** The end of a token as a moment, for providers that do not count seconds. */
  readonly expires_at: MomentMember | null;
  readonly refresh_token_expires_at: MomentMember | null;
  /** Who consented, where the token answer says it: becomes the account's external id. */
  readonly subject: string | null;
  /** Between the scopes of an answer; null for the dialect's own. */
  readonly scopeSeparator: string | null;
}

/** isoDate: RFC 3339, in UTC where it names no offset. */
export type MomentForm = 'isoDate' | 'epochSeconds' | 'epochMilliseconds';

export interface MomentMember {
  /** Expression on the content. */
  readonly at: string;
  readonly as: MomentForm;
}

/** How to ask whose an access token is. */
export interface MeRequest {
  readonly url: string | null;
  /** An endpoint of the definition in the URL's place. */
  readonly endpoint: 'introspect' | 'userinfo' | null;
  readonly method: 'GET' | 'POST';
  /** {accessToken} stands for the token, here and in the three below. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  /** A body of JSON in the form's place; null for none. */
  readonly json: JsonTemplate | null;
  /** `bearer`: the token in the Authorization header. `client`: our own credentials; the token is in the form. `none`: the
   *  token is where {accessToken} stands. */
  readonly authentication: 'bearer' | 'client' | 'none';
  /** The scopes that it needs. */
  readonly scopes: readonly string[];
  /** Expression on a successful answer: true says that the token is dead. */
  readonly refused: string | null;
  /** Expressions on its content. Without externalId the account's own stands. */
  readonly map: {
    readonly externalId: string | null;
    readonly name: string | null;
    readonly email: string | null;
    readonly avatarUrl: string | null;
  };
}

/** What becomes of a refresh token that is used, for whoever has to decide whether it may be sent again. */
export interface Rotation {
  readonly rotates: 'always' | 'never' | 'sometimes' | 'unknown';
  /** stable: may be sent again. grace: may, for graceSeconds after the new one was issued. untilFirstUse: may, until the
   *  new access token is used. revokes: a second use ends the grant. */
  readonly replay: 'stable' | 'grace' | 'untilFirstUse' | 'revokes';
  readonly graceSeconds: number | null;
  /** A grace that the first use of the new access token ends early. */
  readonly endsAtFirstUse: boolean;
}

export interface Lifetimes {
  /** Where the answer does not say. */
  readonly accessTokenSeconds: number | null;
  readonly refreshTokenSeconds: number | null;
  /** `idle`: counted from the last refresh. `fixed`: from the consent. */
  readonly refreshTokenEnd: 'idle' | 'fixed';
}
