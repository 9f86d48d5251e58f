import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { html } from '../../../src/http/pages/html.js';
import { renderLoaderPage } from '../../../src/http/pages/loader-page.js';
import { formOf } from '../../support/flow-world.js';

test('no value that is put in can open a tag or leave an attribute', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      expect(html`${value}`.text).not.toMatch(/[<>"'`]/);
    }),
  );
});

test('markup of our own stands as it is, also in lists; nothing stands for nothing', () => {
  const items = ['a & b', '<i>'].map((text) => html`<li>${text}</li>`);
  const list = html`<ul>
    ${items}${null}${undefined}${7}
  </ul>`;
  expect(list.text.replace(/\s/g, '')).toBe('<ul><li>a&#38;b</li><li>&#60;i&#62;</li>7</ul>');
});

test('a form carries names and values on as they came, whatever they are', () => {
  const text = fc.string().filter((one) => !/[\r\n]/.test(one));
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (fields) => {
      const page = renderLoaderPage({ title: 'T', text: 't', action: '/oauth/callback/test', fields });
      expect([...formOf(page).fields]).toEqual(fields);
    }),
  );
});
