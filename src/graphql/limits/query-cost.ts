/** What an operation costs: a field one, and what is in a list as often as the list may be long; a field that asks somebody
 *  else's server costs a hundred. Called by limit-plugin.ts before anything is resolved.
 *  Must never: take an operation for cheap because a part of it could not be priced. */
import { getNamedType, getNullableType, isCompositeType, isListType, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { createComplexityRule } from 'graphql-query-complexity';
import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';

export interface PricedOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What asks others, or writes. A field that is not listed costs 1. */
export const fieldCosts: Readonly<Record<string, number>> = {
  'Query.me': 100,
  'Query.onBehalfOf': 10,
  'Query.providerIncidents': 5,
  'Query.webhookDeliveries': 20,
  'User.profile': 100,
  'User.connectedAccounts': 5,
  'User.connectedAccount': 5,
  'User.auditEvents': 5,
  'ConnectedAccount.refreshHistory': 5,
  'ConnectedAccountConnection.totalCount': 5,
  'ConnectionProblem.account': 5,
  'AmbiguousAccountProblem.accounts': 5,
  'Subscription.connectedAccountChanged': 10,
  'ConnectedAccountEvent.account': 5,
  'Mutation.startAuthorization': 100,
  'Mutation.completeAuthorization': 100,
  'Mutation.refreshAccount': 100,
  'Mutation.disconnectAccount': 100,
  'Mutation.recordActivity': 20,
  'Mutation.sendProviderRequest': 100,
  'Mutation.overrideRefreshPolicy': 20,
  'Mutation.replayWebhooks': 100,
  'Mutation.admin': 1, // what is below it has prices of its own
  'AdminQuery.serviceTokens': 20,
  'AdminMutation.createServiceToken': 20,
  'AdminMutation.rotateServiceToken': 20,
  'AdminMutation.revokeServiceToken': 20,
};

/** How long a list without `first` may be. */
export const listLengths: Readonly<Record<string, number>> = {
  'Query.providers': 20,
  'AmbiguousAccountProblem.accounts': 20,
  'RecordActivityPayload.resumedAccounts': 20,
  // The page's own field has multiplied what is in these.
  'ConnectedAccountConnection.edges': 1,
  'ConnectedAccountConnection.nodes': 1,
  'ProviderIncidentConnection.edges': 1,
  'ProviderIncidentConnection.nodes': 1,
  'WebhookDeliveryConnection.edges': 1,
  'WebhookDeliveryConnection.nodes': 1,
  'AuditEventConnection.edges': 1,
  'AuditEventConnection.nodes': 1,
  'ServiceTokenConnection.edges': 1,
  'ServiceTokenConnection.nodes': 1,
  'RefreshEventConnection.edges': 1,
  'RefreshEventConnection.nodes': 1,
  '__Schema.types': 60,
  '__Schema.directives': 6,
  '__Type.fields': 8,
  '__Type.inputFields': 3,
  '__Type.enumValues': 4,
  '__Type.interfaces': 1,
  '__Type.possibleTypes': 3,
  '__Field.args': 2,
  '__Directive.args': 2,
};
const otherListLength = 10;
const maxPage = 100;

/** The schema is answered from memory: what tools ask of it costs about 1300. */
const introspectionFieldsForOne = 50;

/** Remembers the costs of documents that it has priced, as long as those are kept. */
export function createCostMeter(schema: GraphQLSchema): (operation: PricedOperation) => number {
  const known = new WeakMap<DocumentNode, Map<string, number>>();
  return (priced) => {
    const costs = known.get(priced.document) ?? new Map<string, number>();
    known.set(priced.document, costs);
    const key = keyOf(priced);
    const cost = costs.get(key) ?? price(schema, priced);
    // Variables that do not fit make an operation that fails as a whole: it costs nothing, and says nothing of others.
    if (cost > 0 && costs.size < maxKnown) costs.set(key, cost);
    return cost;
  };
}

const maxKnown = 100;

/** Only numbers and flags change a cost: how long a page is, and what is left out. Texts and lists stand for nothing here,
 *  since no argument that takes one is priced. */
function keyOf({ operation, variables }: PricedOperation): string {
  const values = (operation.variableDefinitions ?? []).map(({ variable }) => {
    const value = variables[variable.name.value];
    return typeof value === 'number' || typeof value === 'boolean' || value === null ? value : typeof value;
  });
  return JSON.stringify([operation.name?.value, values]);
}

function price(schema: GraphQLSchema, { document, operation, variables }: PricedOperation): number {
  let cost = Infinity;
  const rule = createComplexityRule({
    maximumComplexity: Number.MAX_VALUE,
    estimators: [estimate],
    variables: { ...variables },
    ...(operation.name ? { operationName: operation.name.value } : {}),
    onComplete: (complexity) => {
      cost = complexity;
    },
  });
  // An argument that does not fit is an error of its own field, later; the others still cost what they cost.
  validate(schema, document, [rule], { maxErrors: Infinity });
  return cost;
}

function estimate({ type, field, args, childComplexity }: ComplexityEstimatorArgs): number {
  if (field.name === '__schema' || field.name === '__type') {
    return 1 + Math.ceil(childComplexity / introspectionFieldsForOne);
  }
  const place = `${type.name}.${field.name}`;
  return (fieldCosts[place] ?? 1) + lengthOf(place, field, args) * childComplexity;
}

function lengthOf(
  place: string,
  field: ComplexityEstimatorArgs['field'],
  args: Readonly<Record<string, unknown>>,
): number {
  const { first } = args;
  if (typeof first === 'number') return Math.min(Math.max(first, 1), maxPage); // the resolver refuses what is outside
  const isList = isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type));
  return isList ? (listLengths[place] ?? otherListLength) : 1;
}
