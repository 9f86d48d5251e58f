/** The one table of faults that a caller can see: code, remedy, sentence.
 *  fail() is how every room reports one. `detail` and `cause` are for the log alone; the sentence is for the caller and
 *  says what to do next. Codes named in ProblemCode are data in GraphQL answers (a Problem), the others are errors.
 *  docs/errors.md is generated from this table. */

/** Closed: what the one who meets a fault can do about it. */
export type Remedy = 'RECONNECT' | 'CHOOSE_ACCOUNT' | 'RETRY' | 'ASK_OPERATOR';

/** What a fault is about; each sentence uses those it needs, and the GraphQL edge turns them into fields. */
export interface FaultFacts {
  /** Provider id. */
  provider?: string;
  /** Id of the connected account concerned. */
  accountId?: string;
  /** Ids of the accounts to choose from. */
  accountIds?: readonly string[];
  missingScopes?: readonly string[];
  /** Whole seconds. */
  retryAfterSeconds?: number;
  /** The input field at fault, as the caller wrote its name. */
  field?: string;
  /** What to send in place of a caller's JWT, where a door has another key. */
  expected?: string;
  /** A clause in our own words; never a provider's raw text and never an echo of a secret. */
  why?: string;
}

interface FaultEntry {
  remedy: Remedy;
  sentence(facts: FaultFacts): string;
}

const because = (facts: FaultFacts, otherwise: string): string => facts.why ?? otherwise;
const at = (facts: FaultFacts): string => (facts.provider ? `the provider "${facts.provider}"` : 'the provider');

const after = ({ retryAfterSeconds }: FaultFacts): string =>
  retryAfterSeconds === undefined ? 'later' : `in ${retryAfterSeconds} seconds`;

/** Where there is none yet there is none to keep. */
const kept = ({ accountId }: FaultFacts): string => (accountId === undefined ? '' : '; the connection is kept');

/** Faults that users meet in normal life: data in a GraphQL answer. */
const problems = {
  NOT_CONNECTED: {
    remedy: 'RECONNECT',
    sentence: (facts) => `No account is connected at ${at(facts)}. Start a connection with startAuthorization.`,
  },
  REAUTHORIZATION_REQUIRED: {
    remedy: 'RECONNECT',
    sentence: (facts) =>
      `${because(facts, `The connection at ${at(facts)} is no longer accepted there.`)} Connect the account again with startAuthorization.`,
  },
  SCOPE_MISSING: {
    remedy: 'RECONNECT',
    sentence: (facts) =>
      `The connection at ${at(facts)} lacks the scope ${(facts.missingScopes ?? []).join(', ')}. Connect again and grant it.`,
  },
  AMBIGUOUS_ACCOUNT: {
    remedy: 'CHOOSE_ACCOUNT',
    sentence: (facts) => `Several accounts are connected at ${at(facts)}. Say which one with accountId.`,
  },
  STATE_INVALID: {
    remedy: 'RECONNECT',
    sentence: (facts) =>
      `${because(facts, 'This link was already used, has expired or was never issued here.')} Start the connection again from your app.`,
  },
  AUTHORIZATION_DENIED: {
    remedy: 'RECONNECT',
    sentence: (facts) =>
      `${because(facts, `Access was not granted at ${at(facts)}.`)} Nothing was connected. Start the connection again if this was a mistake.`,
  },
  PROVIDER_RATE_LIMITED: {
    remedy: 'RETRY',
    sentence: (facts) => `${capital(at(facts))} asks for fewer calls. Try again ${after(facts)}.`,
  },
  PROVIDER_UNAVAILABLE: {
    remedy: 'RETRY',
    sentence: (facts) =>
      facts.why === undefined
        ? `${capital(at(facts))} did not give a usable answer. Try again later${kept(facts)}.`
        : `${facts.why} Try again ${after(facts)}.`,
  },
  PROVIDER_MISCONFIGURED: {
    remedy: 'ASK_OPERATOR',
    sentence: (facts) =>
      `${because(facts, `The registration of Latchkey at ${at(facts)} is at fault.`)} Ask the operator to mend it${kept(facts)}.`,
  },
} as const satisfies Record<string, FaultEntry>;

/** Faults of the caller or of the gateway: GraphQL errors, problem answers over plain HTTP. */
const refusals = {
  UNAUTHENTICATED: {
    remedy: 'RETRY',
    sentence: (facts) =>
      `${because(facts, 'The request carries no valid bearer token.')} ${facts.expected ?? 'Send "Authorization: Bearer <JWT>" with a token that your app issued for this user.'}`,
  },
  FORBIDDEN: {
    remedy: 'ASK_OPERATOR',
    sentence: (facts) => because(facts, 'You may not do this. Ask the operator for the role that allows it.'),
  },
  BAD_USER_INPUT: {
    remedy: 'RETRY',
    sentence: (facts) => because(facts, `The value of "${facts.field ?? 'input'}" is not valid.`),
  },
  UNKNOWN_PROVIDER: {
    remedy: 'ASK_OPERATOR',
    sentence: () => 'No provider with this id is set up here. The query "providers" lists those that are.',
  },
  ACCOUNT_NOT_FOUND: {
    remedy: 'CHOOSE_ACCOUNT',
    sentence: () => 'You have no connected account with this id. The query "viewer { connectedAccounts }" lists yours.',
  },
  TOO_MANY_REQUESTS: {
    remedy: 'RETRY',
    sentence: ({ retryAfterSeconds }) =>
      `Too many requests. Try again ${retryAfterSeconds === undefined ? 'in a moment' : `in ${retryAfterSeconds} seconds`}.`,
  },
  DEADLINE_EXCEEDED: {
    remedy: 'RETRY',
    sentence: () =>
      'This took longer than Latchkey lets a caller wait. What was begun goes on, so look at what came of it before you try again.',
  },
  DATABASE_UNAVAILABLE: {
    remedy: 'RETRY',
    sentence: () =>
      'Latchkey cannot reach its database at the moment. Try again in a few seconds; nothing that was stored is lost.',
  },
  INTERNAL: {
    remedy: 'RETRY',
    sentence: (facts) =>
      `${because(facts, 'Latchkey met a fault of its own.')} Try again; if it stays, give the operator the request id in this answer.`,
  },
} as const satisfies Record<string, FaultEntry>;

export type ProblemCode = keyof typeof problems;
export type RefusalCode = keyof typeof refusals;
export type FaultCode = ProblemCode | RefusalCode;

export const problemCodes = Object.keys(problems) as ProblemCode[];
export const faultTable: Readonly<Record<FaultCode, FaultEntry>> = { ...problems, ...refusals };

export interface FaultOptions {
  /** For the log alone. Never a secret. */
  detail?: string;
  cause?: unknown;
}

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly remedy: Remedy;

  constructor(
    readonly code: FaultCode,
    readonly facts: Readonly<FaultFacts> = {},
    readonly detail?: string,
    cause?: unknown,
  ) {
    super(faultTable[code].sentence(facts), { cause });
    this.remedy = faultTable[code].remedy;
  }

  /** Whether users meet this in normal life, so that GraphQL answers it as data. */
  isProblem(): this is Fault & { readonly code: ProblemCode } {
    return this.code in problems;
  }
}

/** Throws the fault. */
export function fail(code: FaultCode, facts: FaultFacts = {}, options: FaultOptions = {}): never {
  throw new Fault(code, facts, options.detail, options.cause);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
