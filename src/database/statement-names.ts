/** Gives statements names, by which PostgreSQL keeps them prepared on each connection: what runs on every request is
 *  parsed and planned once. Called by postgres-runner. Only statements with parameters get one, and only so many: a text
 *  that is made anew each time would fill the server's memory. */
export interface StatementNames {
  /** Undefined for a statement that is sent without a name. */
  nameOf(text: string, values: readonly unknown[] | undefined): string | undefined;
}

const maxNames = 200;

export function createStatementNames(): StatementNames {
  const names = new Map<string, string>();

  return {
    nameOf(text, values) {
      if (!values || values.length === 0) return undefined;
      const known = names.get(text);
      if (known !== undefined || names.size >= maxNames) return known;
      const name = `latchkey_${names.size}`;
      names.set(text, name);
      return name;
    },
  };
}
