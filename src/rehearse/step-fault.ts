/** Ends a step of a rehearsal. Thrown by the steps, caught by rehearse.ts, which tells it as what went wrong. */
export class StepFault extends Error {
  override readonly name = 'StepFault';
}
