/** How an answer that waits for its user's JWT stands in its row: state and code each sealed, the rest as it is.
 *  Called by pending-store alone. Only an answer with a code is ever parked. */
import type { ProviderValues } from '../providers/provider.js';
import type { Secret } from '../secret.js';
import type { CallbackAnswer } from './callback-answer.js';

type Field = 'answer.state' | 'answer.code';
type SealOne = (secret: Secret, field: Field) => Promise<string>;
type OpenOne = (sealed: string, field: Field) => Promise<Secret>;

export async function sealParkedAnswer(answer: CallbackAnswer, seal: SealOne): Promise<string> {
  if (answer.code === null) throw new Error('An answer without a code is settled at once and never parked.');
  const { iss, kept, digest } = answer;
  return JSON.stringify({
    state: await seal(answer.state, 'answer.state'),
    code: await seal(answer.code, 'answer.code'),
    iss,
    kept,
    digest,
  });
}

export async function openParkedAnswer(text: string, open: OpenOne): Promise<CallbackAnswer> {
  const { state, code, iss, kept, digest } = readParkedAnswer(text);
  return {
    state: await open(state, 'answer.state'),
    code: await open(code, 'answer.code'),
    iss,
    error: null,
    kept,
    digest,
  };
}

interface ParkedAnswer {
  readonly state: string;
  readonly code: string;
  readonly iss: string | null;
  readonly kept: ProviderValues;
  readonly digest: string;
}

function readParkedAnswer(text: string): ParkedAnswer {
  const { state, code, iss, kept = {}, digest }: Partial<Record<string, unknown>> = Object(JSON.parse(text));
  if (typeof state !== 'string' || typeof code !== 'string' || typeof digest !== 'string') throw unreadable();
  if (iss !== null && typeof iss !== 'string') throw unreadable();
  if (!isTexts(kept)) throw unreadable();
  return { state, code, iss, kept, digest };
}

function isTexts(value: unknown): value is ProviderValues {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}

function unreadable(): Error {
  return new Error('A parked answer in the database is not what was written there.');
}
