/** Makes an object of a schema type from its fields, all of them: a field that a mapping forgets does not compile.
 *  Called by the mappings beside the types. */
export function fill<T extends object>(target: T, fields: T): T {
  return Object.assign(target, fields);
}
