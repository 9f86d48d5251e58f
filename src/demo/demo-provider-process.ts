/** The demo provider's own process: takes its options as the first message from the development start, answers with its
 *  address or why it has none, and ends when it is told to or when the start is gone.
 *  Must never: outlive the process that made it. */
import { startDemoServer, type DemoServer, type DemoServerOptions } from './provider/demo-server.js';

/** What this process says, once. */
export type DemoProcessAnswer =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'failed'; readonly code: string | null; readonly message: string };

let running: Promise<DemoServer> | null = null;

// Only the parent holds the other end of this channel, and sends exactly this.
process.once('message', (options: DemoServerOptions) => {
  running = startDemoServer(options);
  running.then(
    ({ url }) => answer({ kind: 'ready', url }),
    (error: Error & { code?: string }) => {
      answer({ kind: 'failed', code: error.code ?? null, message: error.message });
      process.disconnect();
    },
  );
});
process.once('disconnect', () => void end());
// Ctrl-C reaches the whole group; the parent closes this process in its own order.
process.on('SIGINT', () => undefined);
process.once('SIGTERM', () => void end());

function answer(message: DemoProcessAnswer): void {
  process.send?.(message);
}

async function end(): Promise<void> {
  try {
    await (await running)?.close();
  } finally {
    process.exit();
  }
}
