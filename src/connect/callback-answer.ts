/** Reads a provider's answer to an authorization request out of what came back: the callback URL, its parameters, or
 *  the parts that an app took out of it. Called by complete and finish-in-browser.
 *  Nothing is guessed: a parameter given twice, or without a value, is not an answer (RFC 6749 §3.1, §4.1.2). What the
 *  provider wrote is compared with known words and never shown to anybody. */
import { fail } from '../errors.js';
import type { Dialect } from '../providers/dialect.js';
import { isKeepable } from '../providers/kept-values.js';
import type { ProviderValues } from '../providers/provider.js';
import { Secret } from '../secret.js';

export interface CallbackAnswer {
  readonly state: Secret;
  readonly code: Secret | null;
  /** RFC 9207: who says that he answers. */
  readonly iss: string | null;
  /** The error code of RFC 6749 §4.1.2.1, as it came. Never shown. */
  readonly error: string | null;
  /** Parameters that the provider's definition keeps, by our names. */
  readonly kept: ProviderValues;
  /** Digest of all of the above: the same answer has the same one, however it was handed in. */
  readonly digest: string;
}

/** What an app takes out of the callback URL by itself. */
export interface AnswerParts {
  readonly providerId: string;
  readonly state: string;
  readonly code: string | null;
  readonly iss: string | null;
  readonly error: string | null;
  /** The provider's own text; never read. */
  readonly errorDescription: string | null;
  /** Further parameters, by the provider's names. */
  readonly others?: Parameters;
}

/** How a provider writes its answer. */
export type AnswerDialect = Pick<Dialect, 'callback' | 'keep'>;

/** Names and values in the order in which they came. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** The parameters that make an answer, and how long each may be, in characters as they were before percent-encoding. The
 *  longest known codes are JWTs; `state` is our own. Behind these numbers stand the limits of the callback's routes. */
export const answerLimits = { state: 2_048, code: 4_096, iss: 2_048, error: 2_048 } as const;

/** Room for the parameters at their longest, each character of them percent-encoded, for what a provider adds, and for the
 *  address before them. */
export const maxAnswerLength = 3 * 10_240 + 8_192;

/** Throws BAD_USER_INPUT for what is no absolute URL. */
export function readCallbackUrl(given: string): { parameters: Parameters; address: URL } {
  const text = given.trim();
  const address = URL.canParse(text) ? new URL(text) : null;
  if (!address || text.length > maxAnswerLength) {
    fail('BAD_USER_INPUT', {
      field: 'callbackUrl',
      why: '"callbackUrl" must be the whole address that the browser came back to, from its scheme to its last parameter.',
    });
  }
  return { parameters: [...address.searchParams], address };
}

/** Throws STATE_INVALID, or BAD_USER_INPUT for a parameter too long. Parameters that this does not know are ignored (RFC 6749 §4.1.2). */
export function readParameters(parameters: Parameters, dialect: AnswerDialect): CallbackAnswer {
  const known = new Map<string, string>();
  for (const [name, value] of parameters) {
    if (!isAnswerParameter(name, dialect)) continue;
    if (known.has(name)) {
      fail('STATE_INVALID', { why: `The answer holds the parameter "${name}" twice, so it was not used.` });
    }
    known.set(name, value.trim());
  }
  const { code, state } = dialect.callback;
  const ours = { state: known.get(state), code: known.get(code), iss: known.get('iss'), error: known.get('error') };
  return answerOf(ours, keptOf(known, dialect));
}

/** Which attempt an answer belongs to, whoever gave it: each of these is the state to some provider. */
export function statesIn(parameters: Parameters, names: ReadonlySet<string>): Secret[] {
  const found = parameters.filter(([name, value]) => names.has(name) && value.trim() !== '');
  return found.map(([, value]) => Secret.of(value.trim()));
}

/** Throws STATE_INVALID when there is no state, BAD_USER_INPUT for a part too long. */
export function readParts(
  { state, code, iss, error, others = [] }: AnswerParts,
  dialect: AnswerDialect,
): CallbackAnswer {
  const given = Object.entries({ state, code, iss, error }).map(
    ([name, value]) => [name, (value ?? '').trim()] as const,
  );
  const known = new Map(others.map(([name, value]) => [name, value.trim()] as const));
  return answerOf(Object.fromEntries(given), keptOf(known, dialect));
}

/** Whether the browser came back to this redirect URI: same address, and the redirect URI's own parameters still there. */
export function isAtRedirectUri(address: URL, redirectUri: string): boolean {
  const registered = new URL(redirectUri);
  return (
    placeOf(address) === placeOf(registered) &&
    [...registered.searchParams].every(([name, value]) => address.searchParams.getAll(name).includes(value))
  );
}

const names = ['state', 'code', 'iss', 'error'] as const satisfies (keyof typeof answerLimits)[];

/** Whether it is part of an answer; whatever else a provider adds is not carried on. */
export function isAnswerParameter(name: string, { callback, keep }: AnswerDialect): boolean {
  return [callback.state, callback.code, 'iss', 'error', ...Object.values(keep.callback)].includes(name);
}

/** One that is too long or no plain text is as good as none. */
function keptOf(known: ReadonlyMap<string, string>, { keep }: AnswerDialect): ProviderValues {
  const kept = Object.entries(keep.callback).map(([name, parameter]) => [name, known.get(parameter) ?? ''] as const);
  return Object.fromEntries(kept.filter(([, value]) => isKeepable(value)));
}

type Answered = Readonly<Partial<Record<(typeof names)[number], string | undefined>>>;

function answerOf(values: Answered, kept: ProviderValues): CallbackAnswer {
  names.forEach((name) => assertLength(name, values[name] ?? ''));
  // RFC 6749 §3.1: a parameter without a value counts as left out.
  const [state, code, iss, error] = names.map((name) => values[name] || null);
  if (!state)
    fail('STATE_INVALID', { why: 'The answer does not say which attempt it belongs to (it has no "state").' });
  return {
    state: Secret.of(state),
    code: code ? Secret.of(code) : null,
    iss: iss ?? null,
    error: error ?? null,
    kept,
    digest: Secret.of(JSON.stringify([state, code, iss, error, ...Object.entries(kept).flat()])).digest(),
  };
}

function assertLength(field: keyof typeof answerLimits, value: string): void {
  if (value.length <= answerLimits[field]) return;
  fail('BAD_USER_INPUT', { field, why: `The value of "${field}" is longer than ${answerLimits[field]} characters.` });
}

function placeOf({ protocol, username, password, host, pathname }: URL): string {
  return JSON.stringify([protocol, username, password, host, pathname]);
}
