/** One fault of the configuration: where it is, what is wrong, what to do. Collected, never thrown one by one, so that
 *  an operator mends all in one go. */
export interface ConfigFault {
  /** A setting's name (LATCHKEY_JWT_ISSUER), or a file and the path in it (/etc/latchkey/providers/demo.yaml: scopes[0]). */
  readonly path: string;
  /** What is wrong with it. Never the value of a secret. */
  readonly fault: string;
  /** What to do about it. */
  readonly mend: string;
}

/** A value, or every fault that stands in its way. */
export type Checked<T> = { readonly value: T } | { readonly faults: readonly ConfigFault[] };
