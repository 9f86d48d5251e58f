/** The page of the playground: a bar that says who is asking and what is connected, and room for GraphiQL below.
 *  Called by the playground's routes. Holds no data: everything in it is asked for by its scripts. */

const files = '/playground/files';

export function renderPlayground(): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Latchkey playground</title>
    <link rel="icon" href="${files}/mark.svg">
    <link rel="stylesheet" href="${files}/graphiql.css">
    <link rel="stylesheet" href="${files}/playground.css">
    <script defer src="${files}/react.js"></script>
    <script defer src="${files}/react-dom.js"></script>
    <script defer src="${files}/graphiql.js"></script>
    <script type="module" src="${files}/boot.js"></script>
  </head>
  <body>
    <header class="bar">
      <h1><img src="${files}/mark.svg" alt="" width="30" height="30"> Latchkey <span>playground</span></h1>
      <section class="callers" aria-label="Who is asking">
        <span class="caption">Asking as</span>
        <div id="callers"></div>
      </section>
      <section class="connections" aria-label="Connections" id="connections"></section>
    </header>
    <p id="notice" class="notice" role="status" hidden></p>
    <main id="graphiql"><p class="loading">Loading GraphiQL …</p></main>
    <noscript><p class="loading">The playground needs JavaScript.</p></noscript>
  </body>
</html>
`;
}
