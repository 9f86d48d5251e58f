/** A fault that keeps Latchkey from starting and that an operator can mend. Thrown by whatever is opened at start;
 *  main.ts and the command line print its message alone, without a stack, and exit with its code. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
  /** sysexits.h: 78 is a fault of the configuration. */
  readonly exitCode: number;

  /** `message` is one sentence that says what is wrong and what to do about it. Never the value of a secret. */
  constructor(message: string, { exitCode = 78, cause }: { exitCode?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}
