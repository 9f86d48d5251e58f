/** Lets no field be waited for past the request's deadline: it is then an error of its own, and the answers of the other
 *  fields stand. Called by graphql-server.ts. What a resolver has begun goes on; a root field that comes later (mutations run
 *  one after the other) is not begun. */
import { isObjectType } from 'graphql';
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { fail } from '../errors.js';
import type { GraphqlContext } from './context.js';

/** Changes the schema that it is given. */
export function holdToDeadline(schema: GraphQLSchema): GraphQLSchema {
  const roots = new Set([schema.getQueryType(), schema.getMutationType()]);
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of fieldsOf(type)) holdField(field, { isRoot: roots.has(type) });
  }
  return schema;
}

type Field = GraphQLField<unknown, GraphqlContext>;

function fieldsOf(type: GraphQLObjectType<unknown, GraphqlContext>): Field[] {
  return Object.values(type.getFields());
}

function holdField(field: Field, { isRoot }: { readonly isRoot: boolean }): void {
  const { resolve } = field;
  if (!resolve) return;
  field.resolve = (source, args, context, info) => {
    if (isRoot && context.deadline.isOver()) fail('DEADLINE_EXCEEDED');
    const value: unknown = resolve(source, args, context, info);
    return value instanceof Promise ? context.deadline.race(value) : value;
  };
}
