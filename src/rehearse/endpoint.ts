/** What an endpoint of the rehearsed provider is, and what all of them know. */
import type { Clock } from '../clock.js';
import type { Provider } from '../providers/provider.js';
import type { DialectAnswers } from './dialect-answers.js';
import type { Grants } from './grants.js';
import type { MadeValues } from './made-values.js';
import type { CallName, ProviderAnswer, ProviderRequest } from './provider-request.js';
import type { Registration } from './registration.js';
import type { SigningKey } from './signing-key.js';

export interface Endpoint {
  readonly call: CallName;
  /** Whether the request goes here by its address; several endpoints may share one. */
  isAt(url: URL): boolean;
  /** What is wrong with the request by the definition alone, and its parameters by the specification's names. Changes
   *  nothing. */
  check(request: ProviderRequest): Promise<Checked>;
  answer(request: ProviderRequest, checked: Checked): Promise<ProviderAnswer>;
}

export interface Checked {
  readonly standard: ReadonlyMap<string, string>;
  readonly faults: readonly string[];
}

export interface Scene {
  /** With every placeholder filled. */
  readonly provider: Provider;
  readonly registration: Registration;
  /** What fills the definition's placeholders, by name. */
  readonly values: MadeValues['all'];
  readonly clock: Clock;
  readonly grants: Grants;
  readonly answers: DialectAnswers;
  /** Where the definition does not say, addresses below its issuer; null where it has none. */
  readonly addresses: Addresses;
  /** Null where there is no issuer. */
  readonly signingKey: SigningKey | null;
  report(finding: string): void;
  /** Who sits at the browser now. */
  readonly visitor: () => Visitor;
}

export interface Visitor {
  readonly person: string;
  readonly consents: boolean;
}

export interface Addresses {
  readonly discovery: string | null;
  readonly keys: string | null;
  readonly authorize: string | null;
  readonly token: string | null;
  readonly refresh: string | null;
  readonly revoke: string | null;
  readonly nonce: string | null;
  readonly me: string | null;
}

export function isSameAddress(address: string | null, url: URL): boolean {
  if (address === null) return false;
  const own = new URL(address);
  return own.origin === url.origin && own.pathname === url.pathname;
}
