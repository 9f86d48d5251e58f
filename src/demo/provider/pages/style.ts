/** The style sheet of the demo provider, served as /style.css. Follows the light or dark choice of the system. */

export const styleSheet = `
:root {
  color-scheme: light dark;
  --ground: #f3f4fb; --glow-a: #d9d4ff; --glow-b: #c9f2ea;
  --card: #ffffff; --line: #e2e4f0; --ink: #171a2b; --soft: #5d6380; --wash: #f6f7fc;
  --accent: #5b4be8; --accent-ink: #ffffff; --ring: #5b4be855;
  --alert: #9c2240; --alert-wash: #fdeef1; --alert-line: #f3c4cf;
  --shadow: 0 1px 2px #1a1c3510, 0 24px 60px -24px #1a1c3540;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1020; --glow-a: #2c2470; --glow-b: #0c4a48;
    --card: #181b2e; --line: #2c3050; --ink: #eef0fb; --soft: #a0a6c6; --wash: #1f2339;
    --accent: #8b7dff; --accent-ink: #0f1022; --ring: #8b7dff66;
    --alert: #ffb3c2; --alert-wash: #3a1826; --alert-line: #6d2a40;
    --shadow: 0 1px 2px #0006, 0 30px 70px -24px #000c;
  }
}
* { box-sizing: border-box; margin: 0; }
body {
  min-height: 100vh; color: var(--ink); background-color: var(--ground);
  background-image: radial-gradient(60rem 40rem at 8% -10%, var(--glow-a), transparent 60%),
    radial-gradient(50rem 36rem at 105% 110%, var(--glow-b), transparent 60%);
  background-attachment: fixed;
  font: 16px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  -webkit-font-smoothing: antialiased;
}
.stage { min-height: 100vh; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 1.5rem; padding: 2rem 1rem; }
.brand { display: flex; align-items: center; gap: .7rem; font-weight: 650; letter-spacing: -.01em; }
.card {
  width: 100%; max-width: 27rem; padding: 2.25rem; border-radius: 20px;
  background: var(--card); border: 1px solid var(--line); box-shadow: var(--shadow);
}
footer { max-width: 25rem; text-align: center; font-size: .8rem; color: var(--soft); }
h1 { font-size: 1.6rem; line-height: 1.2; letter-spacing: -.025em; }
.lead { margin-top: .35rem; color: var(--soft); }
.lead strong { color: var(--ink); font-weight: 600; }
.fields { display: grid; margin-top: 1.5rem; }
.fields label { font-size: .85rem; font-weight: 600; margin-bottom: .35rem; }
.fields input {
  font: inherit; color: inherit; width: 100%; padding: .65rem .85rem; margin-bottom: 1rem;
  background: var(--wash); border: 1px solid var(--line); border-radius: 11px;
}
button { font: inherit; color: inherit; cursor: pointer; }
.primary, .quiet { width: 100%; padding: .75rem 1rem; border-radius: 11px; border: 1px solid transparent; font-weight: 600; }
.primary { background: var(--accent); color: var(--accent-ink); margin-top: .25rem; }
.primary:hover { filter: brightness(1.08); }
.quiet { background: transparent; border-color: var(--line); margin-top: .6rem; }
.quiet:hover { background: var(--wash); }
.link { background: none; border: 0; padding: 0; color: var(--accent); font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }
a { color: var(--accent); text-underline-offset: 3px; }
:is(a, button, input):focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; }
.fields input:focus-visible { border-color: var(--accent); outline-offset: 0; }
.divider { display: flex; align-items: center; gap: .8rem; margin: 1.6rem 0 1rem; font-size: .8rem; color: var(--soft); }
.divider::before, .divider::after { content: ""; flex: 1; height: 1px; background: var(--line); }
.people { display: grid; gap: .6rem; }
.lead + .people { margin-top: 1.4rem; }
.person {
  width: 100%; display: flex; align-items: center; gap: .85rem; padding: .7rem .85rem; text-align: left;
  background: var(--card); border: 1px solid var(--line); border-radius: 14px;
}
button.person:hover { background: var(--wash); border-color: var(--accent); }
.person img, .pair img { border-radius: 50%; flex: none; }
.who { flex: 1; min-width: 0; display: flex; flex-direction: column; line-height: 1.3; }
.who strong { font-weight: 600; }
.who small { color: var(--soft); font-size: .8rem; }
.keys { display: flex; flex-direction: column; align-items: flex-end; gap: .2rem; }
code { font: .76rem/1.3 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--soft); background: var(--wash); border-radius: 6px; padding: .12rem .4rem; }
.alert { margin-top: 1.1rem; padding: .7rem .9rem; font-size: .9rem; color: var(--alert); background: var(--alert-wash); border: 1px solid var(--alert-line); border-radius: 11px; }
.alert + .lead { margin-top: 1rem; }
.pair { display: flex; align-items: center; gap: .9rem; margin-bottom: 1.4rem; }
.pair .client {
  width: 64px; height: 64px; border-radius: 18px; display: grid; place-items: center; flex: none;
  font-size: 1.7rem; font-weight: 700; color: var(--accent-ink); background: var(--accent);
}
.pair .dots { width: 3.2rem; height: 4px; background: radial-gradient(circle, var(--soft) 2px, transparent 2.5px) 0 0 / .8rem 4px; }
.scopes { list-style: none; padding: 0; margin: 1.4rem 0 1.2rem; border: 1px solid var(--line); border-radius: 14px; overflow: hidden; }
.scopes li + li { border-top: 1px solid var(--line); }
.scopes label { display: flex; align-items: center; gap: .85rem; padding: .75rem .9rem; cursor: pointer; }
.scopes label:has(:disabled) { cursor: default; }
.scopes label:not(:has(:disabled)):hover { background: var(--wash); }
.scopes input { width: 1.1rem; height: 1.1rem; flex: none; accent-color: var(--accent); }
.aside { margin-top: 1rem; font-size: .85rem; color: var(--soft); text-align: center; }
.quiet + .aside { margin-top: 1.2rem; }
@media (max-width: 26rem) { .card { padding: 1.5rem; } .keys { display: none; } }
`;
