/** Notes the moment when the first byte of a request may have left. Before it, sending again is free; after it, only
 *  the provider knows what became of the request. Called by create-outbound.ts, one note a request.
 *  undici starts a request (onRequestStart) once its connection stands, TLS included, and right before it writes. */
import { DecoratorHandler, type Dispatcher } from 'undici';

export interface SendNote {
  isSent: boolean;
}

export function noteWhenSent(pool: Dispatcher, note: SendNote): Dispatcher {
  return pool.compose((dispatch) => (options, handler) => dispatch(options, new NotingHandler(handler, note)));
}

class NotingHandler extends DecoratorHandler {
  readonly #note: SendNote;
  readonly #inner: Dispatcher.DispatchHandler;

  constructor(inner: Dispatcher.DispatchHandler, note: SendNote) {
    super(inner);
    this.#inner = inner;
    this.#note = note;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#note.isSent = true;
    this.#inner.onRequestStart?.(controller, context);
  }
}
