/** Finishes each GraphQL answer: logs what went wrong, puts the request id into every error, and chooses media type and
 *  status. Called by Apollo (graphql-server.ts). */
import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse } from '@apollo/server';
import type { GraphqlContext } from './context.js';
import { faultIn, isClientFault } from './error-answer.js';
import { chooseMediaType } from './media-type.js';
import { reportProblem } from './report-problem.js';

export const answerPlugin: ApolloServerPlugin<GraphqlContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue: { log } }) {
        for (const error of errors) report(error, log);
      },
      async willSendResponse(requestContext) {
        addRequestId(requestContext);
        setMediaType(requestContext);
      },
    };
  },
};

function report(error: Error, log: GraphqlContext['log']): void {
  const fault = faultIn(error);
  if (fault && fault.code !== 'INTERNAL') reportProblem(fault, log);
  else if (!isClientFault(error)) log.error({ event: 'graphql.failed', err: error });
}

type Answer = GraphQLRequestContextWillSendResponse<GraphqlContext>;

function addRequestId({ response: { body }, contextValue: { requestId } }: Answer): void {
  if (body.kind !== 'single' || !body.singleResult.errors) return;
  body.singleResult.errors = body.singleResult.errors.map((error) => ({
    ...error,
    extensions: { ...error.extensions, requestId },
  }));
}

function setMediaType({ request, response: { body, http } }: Answer): void {
  const type = chooseMediaType(request.http?.headers.get('accept'));
  if (type === null) return; // Apollo answers 406
  http.headers.set('content-type', `${type}; charset=utf-8`);
  // Under application/json a well-formed request is answered with 200 even when nothing was executed (§6.4.1).
  const isExecuted = body.kind !== 'single' || body.singleResult.data !== undefined;
  if (type === 'application/json' && http.status === 400 && !isExecuted) http.status = 200;
}
