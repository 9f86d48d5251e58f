/** The pictures of the demo provider, drawn as SVG so that nothing is loaded from elsewhere: its mark, and an avatar for
 *  each person. Called by the server; an avatar's address is the `picture` claim. */
import type { Person } from '../people.js';
import { html } from './html.js';

export function drawMark(): string {
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36" role="img" aria-label="Demo provider">
    <defs>
      <linearGradient id="g" x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="#6d5efc" />
        <stop offset="1" stop-color="#19b8a6" />
      </linearGradient>
    </defs>
    <rect width="36" height="36" rx="10" fill="url(#g)" />
    <circle cx="18" cy="14" r="5" fill="none" stroke="#fff" stroke-width="2.6" />
    <path
      d="M8.5 28.5c1.6-5 5.2-7.5 9.5-7.5s7.9 2.5 9.5 7.5"
      fill="none"
      stroke="#fff"
      stroke-width="2.6"
      stroke-linecap="round"
    />
  </svg>`.text;
}

export function drawAvatar({ name, givenName, familyName, hues }: Person): string {
  const [first, second] = hues;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img" aria-label="${name}">
    <defs>
      <linearGradient id="g" x1="0" y1="0" x2="1" y2="1">
        <stop offset="0" stop-color="hsl(${first} 72% 58%)" />
        <stop offset="1" stop-color="hsl(${second} 72% 46%)" />
      </linearGradient>
      <clipPath id="c"><circle cx="48" cy="48" r="48" /></clipPath>
    </defs>
    <g clip-path="url(#c)">
      <rect width="96" height="96" fill="url(#g)" />
      <circle cx="78" cy="16" r="30" fill="#fff" opacity=".14" />
      <circle cx="14" cy="86" r="34" fill="#000" opacity=".1" />
      <text
        x="48"
        y="49"
        fill="#fff"
        font-family="system-ui, sans-serif"
        font-size="36"
        font-weight="600"
        text-anchor="middle"
        dominant-baseline="central"
      >
        ${givenName.charAt(0)}${familyName.charAt(0)}
      </text>
    </g>
  </svg>`.text;
}
