/** Everything that can come of an attempt to connect, in words for the person at the browser. A closed list: the page's
 *  address names one of them, so nothing that a stranger writes into it is shown. Called by the callback's route. */
import type { Fault, FaultCode } from '../../errors.js';

interface FlowResultEntry {
  /** In the 400s where the request is at fault; else the page is simply there. */
  readonly status: 200 | 400 | 403;
  readonly mood: 'bad' | 'calm';
  title(provider: string): string;
  text(provider: string): string;
}

const again = 'Go back to your app and start the connection again.';

export const flowResults = {
  connected: {
    status: 200,
    mood: 'calm',
    // Whoever makes up this address sees the page too: it says what to do, and leaves it to the app to say what is.
    title: () => 'You can close this page',
    text: (provider) => `Go back to your app: there you see whether ${provider} is connected.`,
  },
  denied: {
    status: 200,
    mood: 'calm',
    title: () => 'Access was not granted',
    text: (provider) =>
      `${provider} says that you did not agree, so nothing was connected. What was connected before is as it was. If this was a mistake, start again from your app.`,
  },
  'other-person': {
    status: 200,
    mood: 'bad',
    title: () => 'That is another account',
    text: (provider) =>
      `Somebody else signed in at ${provider} than the person whose account was to be connected again. That account is unchanged. Sign out at ${provider}, then start again from your app.`,
  },
  'not-accepted': {
    status: 400,
    mood: 'bad',
    title: () => 'The answer could not be used',
    text: (provider) =>
      `The answer that came back for ${provider} was incomplete, too late, or not from ${provider} at all. Nothing was connected. ${again}`,
  },
  'other-browser': {
    status: 403,
    mood: 'bad',
    title: () => 'This is another browser',
    text: (provider) =>
      `The connection to ${provider} was started elsewhere, and it can only be finished there. Nothing was connected. ${again}`,
  },
  'link-without-return': {
    status: 200,
    mood: 'bad',
    title: () => 'This link leads no further',
    text: (provider) =>
      `Your app made this link without saying where it leads back to (returnTo), and without that the connection to ${provider} cannot be finished. Nothing was connected. That is not your fault: tell those who run your app.`,
  },
  interrupted: {
    status: 200,
    mood: 'bad',
    title: () => 'This was interrupted',
    text: (provider) =>
      `Connecting ${provider} was interrupted at our end. Nothing was connected. That is not your fault. ${again}`,
  },
  'provider-busy': {
    status: 200,
    mood: 'bad',
    title: (provider) => `${provider} is busy`,
    text: (provider) =>
      `${provider} takes no more calls at the moment. Nothing was connected. Wait a little, then start again from your app.`,
  },
  'provider-unavailable': {
    status: 200,
    mood: 'bad',
    title: (provider) => `${provider} does not answer`,
    text: (provider) =>
      `${provider} gave no usable answer, so nothing was connected. That is not your fault. Try again later from your app.`,
  },
  'provider-misconfigured': {
    status: 200,
    mood: 'bad',
    title: (provider) => `${provider} is not set up rightly`,
    text: (provider) =>
      `${provider} refused this service, so nothing was connected. That is not your fault, and trying again will not help: tell those who run your app.`,
  },
} as const satisfies Record<string, FlowResultEntry>;

export type FlowResult = keyof typeof flowResults;

export function isFlowResult(text: unknown): text is FlowResult {
  return typeof text === 'string' && Object.hasOwn(flowResults, text);
}

/** What a settled attempt shows; null is success. */
export function flowResultOf(problem: Fault | null): FlowResult {
  if (problem === null) return 'connected';
  const isAboutAnAccount = problem.facts.accountId !== undefined;
  if (problem.code === 'AUTHORIZATION_DENIED') return isAboutAnAccount ? 'other-person' : 'denied';
  return resultsOfTheProvider.get(problem.code) ?? 'not-accepted';
}

const resultsOfTheProvider: ReadonlyMap<FaultCode, FlowResult> = new Map([
  ['PROVIDER_RATE_LIMITED', 'provider-busy'],
  ['PROVIDER_UNAVAILABLE', 'provider-unavailable'],
  ['PROVIDER_MISCONFIGURED', 'provider-misconfigured'],
]);
