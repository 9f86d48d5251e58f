/** Runs an operation whose answer is an event stream: subscriptions here, under the same limits as Apollo's requests; queries
 *  and mutations by Apollo itself. Called by http/streams.
 *  Must never: resolve anything of a document that is too large, dear or unfit, or show a stack. */
import type { ApolloServer } from '@apollo/server';
import { GraphQLError, OperationTypeNode, getOperationAST, parse, specifiedRules, subscribe, validate } from 'graphql';
import type {
  DocumentNode,
  ExecutionResult,
  FormattedExecutionResult,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { GraphqlContext } from './context.js';
import { formatGraphqlError } from './error-answer.js';
import { createOperationCheck } from './limits/limit-plugin.js';
import { createLimitRule } from './limits/limit-rule.js';
import { maxErrors, maxTokens } from './limits/limits.js';
import type { QueryLimits } from './limits/limits.js';
import { refuseIntrospection } from './refuse-introspection.js';

export interface GivenOperation {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface StreamedOperations {
  /** Null for what cannot be read. */
  kindOf(operation: GivenOperation): OperationKind | null;
  /** What is refused comes as the one answer, with errors. */
  run(operation: GivenOperation, context: GraphqlContext): Promise<OperationAnswers>;
  /** An error as a caller is told of it. */
  answerOf(error: unknown, context: Pick<GraphqlContext, 'requestId'>): FormattedExecutionResult;
}

export type OperationKind = 'query' | 'mutation' | 'subscription';

/** One, or many over time. Whoever reads them ends them by return(). */
export type OperationAnswers = AsyncGenerator<FormattedExecutionResult, void, undefined>;

export interface StreamedOperationsParts {
  readonly apollo: Pick<ApolloServer<GraphqlContext>, 'executeOperation'>;
  readonly schema: GraphQLSchema;
  readonly limits: QueryLimits;
  readonly introspection: boolean;
}

export function createStreamedOperations(parts: StreamedOperationsParts): StreamedOperations {
  const { apollo, schema, limits, introspection } = parts;
  const check = createOperationCheck(schema, limits);
  const rules = [createLimitRule(limits), ...specifiedRules, ...(introspection ? [] : [refuseIntrospection])];

  return {
    kindOf: (operation) => find(operation)?.operation.operation ?? null,
    answerOf: toAnswer,

    async run(given, context) {
      const found = find(given);
      if (found?.operation.operation !== OperationTypeNode.SUBSCRIPTION) return one(await execute(given, context));
      try {
        return await follow(given, found, context);
      } catch (error) {
        return one(toAnswer(error, context));
      }
    },
  };

  async function execute(
    { query, operationName, variables }: GivenOperation,
    contextValue: GraphqlContext,
  ): Promise<FormattedExecutionResult> {
    const request = { query, variables: { ...variables }, ...(operationName === null ? {} : { operationName }) };
    const { body } = await apollo.executeOperation(request, { contextValue });
    if (body.kind !== 'single') throw new Error('No answer of ours comes in parts.');
    return body.singleResult;
  }

  async function follow(
    { operationName, variables }: GivenOperation,
    { document, operation }: Found,
    context: GraphqlContext,
  ): Promise<OperationAnswers> {
    const errors = validate(schema, document, rules, { maxErrors });
    if (errors.length > 0) return one(refusal(errors.map(withoutHints), context));
    check({ document, operation, variables });
    const source = await subscribe({
      schema,
      document,
      contextValue: context,
      variableValues: variables,
      operationName,
    });
    return isMany(source)
      ? each(source, context)
      : one(toResult({ errors: (source.errors ?? []).map(asInputError) }, context));
  }

  /** As Apollo does where the schema is not told: no guess at names. */
  function withoutHints(error: GraphQLError): GraphQLError {
    const message = introspection ? error.message : error.message.replace(/ ?Did you mean(.+?)\?$/, '');
    const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
    return new GraphQLError(message, { ...(error.nodes && { nodes: error.nodes }), extensions });
  }
}

interface Found {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** Null where it cannot be read, or does not say which of several is meant: Apollo says that best. */
function find({ query, operationName }: GivenOperation): Found | null {
  try {
    const document = parse(query, { maxTokens });
    const operation = getOperationAST(document, operationName);
    return operation ? { document, operation } : null;
  } catch {
    return null;
  }
}

// An async generator that waits for its source would not hear a return() before that answers: so it is asked itself.
function each(source: AsyncGenerator<ExecutionResult, void, void>, context: GraphqlContext): OperationAnswers {
  const answers: OperationAnswers = {
    async next() {
      const { done, value } = await source.next();
      return done ? { done, value: undefined } : { done: false, value: toResult(value, context) };
    },
    async return() {
      await source.return(undefined);
      return { done: true, value: undefined };
    },
    async throw(error) {
      await source.throw(error);
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => answers,
  };
  return answers;
}

async function* one(answer: FormattedExecutionResult): OperationAnswers {
  yield answer;
}

function isMany(
  result: ExecutionResult | AsyncGenerator<ExecutionResult, void, void>,
): result is AsyncGenerator<ExecutionResult, void, void> {
  return Symbol.asyncIterator in result;
}

function toResult({ data, errors }: ExecutionResult, context: GraphqlContext): FormattedExecutionResult {
  return { ...(data === undefined ? {} : { data }), ...(errors && { ...refusal(errors, context) }) };
}

function toAnswer(error: unknown, context: Pick<GraphqlContext, 'requestId'>): FormattedExecutionResult {
  const given = error instanceof GraphQLError ? error : new GraphQLError('', { originalError: asError(error) });
  return refusal([given], context);
}

function refusal(
  errors: readonly GraphQLError[],
  { requestId }: Pick<GraphqlContext, 'requestId'>,
): FormattedExecutionResult {
  return {
    errors: errors.map((error) => {
      const formatted = formatGraphqlError(error.toJSON(), error);
      return { ...formatted, extensions: { ...formatted.extensions, requestId } };
    }),
  };
}

/** What no resolver of ours threw is a variable that does not fit. */
function asInputError(error: GraphQLError): GraphQLError {
  if (error.originalError !== undefined && !(error.originalError instanceof GraphQLError)) return error;
  return new GraphQLError(error.message, { originalError: error, extensions: { code: 'BAD_USER_INPUT' } });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
