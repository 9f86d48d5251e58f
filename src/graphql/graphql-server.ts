/** The GraphQL server without its transport. Called by http/graphql-mount.ts, which starts and stops it.
 *  Must never: send anything to Apollo's services (they switch themselves on by an environment variable), show a stack,
 *  or take several operations in one request. */
import { ApolloServer } from '@apollo/server';
import type { ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { Logger } from '../observe/logger.js';
import type { Metrics } from '../observe/measures.js';
import { answerPlugin } from './answer-plugin.js';
import { buildGraphqlSchema } from './build-schema.js';
import type { GraphqlContext } from './context.js';
import { formatGraphqlError } from './error-answer.js';
import { createLimitPlugin, createOperationCheck } from './limits/limit-plugin.js';
import { refuseSubscriptions } from './refuse-subscriptions.js';
import { createLimitRule } from './limits/limit-rule.js';
import { maxErrors, maxTokens } from './limits/limits.js';
import type { QueryLimits } from './limits/limits.js';
import { holdToDeadline } from './resolver-deadline.js';
import { refuseIntrospection } from './refuse-introspection.js';
import { createStreamedOperations, type StreamedOperations } from './streamed-operations.js';
import { measureFields } from './measure-fields.js';

export interface GraphqlServerParts {
  /** Whether clients may read the schema; without it, messages do not guess at its names either. */
  readonly introspection: boolean;
  readonly limits: QueryLimits;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'fieldAnswered'>;
  /** What the transport adds: its part of the shutdown. */
  readonly plugins: readonly ApolloServerPlugin<GraphqlContext>[];
}

export interface GraphqlServer {
  readonly apollo: ApolloServer<GraphqlContext>;
  /** For answers that are streams. */
  readonly streamed: StreamedOperations;
}

export function createGraphqlServer({
  introspection,
  limits,
  log,
  metrics,
  plugins,
}: GraphqlServerParts): GraphqlServer {
  const schema = holdToDeadline(buildGraphqlSchema());
  const apollo = new ApolloServer<GraphqlContext>({
    schema,
    introspection: true, // refused by a rule of ours, which names the setting
    hideSchemaDetailsFromClientErrors: !introspection,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    persistedQueries: false,
    stopOnTerminationSignals: false,
    nodeEnv: 'production', // nothing here depends on NODE_ENV
    parseOptions: { maxTokens },
    validationRules: [createLimitRule(limits), ...(introspection ? [] : [refuseIntrospection])],
    validationOptions: { maxErrors },
    formatError: formatGraphqlError,
    logger: apolloLog(log),
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      answerPlugin,
      refuseSubscriptions,
      createLimitPlugin(createOperationCheck(schema, limits)),
      measureFields(metrics),
      ...plugins,
    ],
  });
  return { apollo, streamed: createStreamedOperations({ apollo, schema, limits, introspection }) };
}

function apolloLog(log: Logger): Record<'debug' | 'info' | 'warn' | 'error', (message?: string) => void> {
  const event = 'graphql.server_note';
  return {
    debug: (message) => log.debug({ event, message }),
    info: (message) => log.debug({ event, message }),
    warn: (message) => log.warn({ event, message }),
    error: (message) => log.error({ event, message }),
  };
}
