/** docs/errors.md as text. Called by generate-docs. */
import { httpFaults } from '../http/http-fault.js';
import { faultTable, problemCodes, type FaultCode, type FaultFacts, type Remedy } from '../errors.js';

export function renderErrorsPage(): string {
  const codes = Object.keys(faultTable) as FaultCode[];
  const refusals = codes.filter((code) => !(problemCodes as FaultCode[]).includes(code));
  const parts = [opening, renderRemedies(), problemsOpening, ...problemCodes.map(renderFault)];
  return `${[...parts, refusalsOpening, ...refusals.map(renderFault), httpOpening, ...renderHttpFaults()].join('\n\n')}\n`;
}

const opening = `# Errors

<!-- Generated from src/errors.ts by "npm run docs". Change it there. -->

Every fault has a code, a remedy and a sentence that says what to do next. Codes and remedies are stable: build on them. The
sentences are for people and may change.`;

const remedies: Readonly<Record<Remedy, string>> = {
  RECONNECT: 'Start a connection with `startAuthorization` and let the user finish it.',
  CHOOSE_ACCOUNT: 'Name one of the user’s accounts in `accountId`.',
  RETRY: 'Mend what the sentence names, or wait as long as it says, then send the request again.',
  ASK_OPERATOR: 'Only whoever runs Latchkey can mend this.',
};

const problemsOpening = `## Problems: data in an answer

What users meet in normal life. GraphQL answers them as a \`Problem\` in \`data\`; \`Query.me\`, which has no place for one,
answers null and an error with the same code in \`extensions.code\`.`;

const refusalsOpening = `## Errors

Faults of the caller or of the gateway. GraphQL answers them in \`errors\`, with \`extensions.code\` and
\`extensions.remedy\`; plain HTTP as \`application/problem+json\`.`;

const httpOpening = `## Over plain HTTP alone

Faults of a request that never became one of GraphQL, as \`application/problem+json\` with the status of HTTP. The remedy of each is
\`RETRY\`.`;

function renderHttpFaults(): string[] {
  return Object.entries(httpFaults).map(([code, { status, sentence }]) => {
    return [`### \`${code}\``, `Status: ${status}`, `> ${sentence}`].join('\n\n');
  });
}

/** What stands in the sentences in place of what a real fault is about. */
const sampleFacts: FaultFacts = { provider: 'demo', missingScopes: ['email'], retryAfterSeconds: 30, field: 'first' };

function renderRemedies(): string {
  const lines = Object.entries(remedies).map(([remedy, what]) => `- \`${remedy}\`: ${what}`);
  return ['## Remedies', lines.join('\n')].join('\n\n');
}

function renderFault(code: FaultCode): string {
  const fault = faultTable[code];
  return [`### \`${code}\``, `Remedy: \`${fault.remedy}\``, `> ${fault.sentence(sampleFacts)}`].join('\n\n');
}
