/* Runs on the loader page: empties the address bar of the code it carries, then submits the form. A page that a browser
   only prepares (prerendering) does neither until somebody looks at it. */
'use strict';

function goOn() {
  history.replaceState(null, '', location.pathname);
  const form = document.querySelector('form[data-loader]');
  if (!form) return;
  form.addEventListener('submit', () => form.querySelector('button').setAttribute('disabled', ''));
  form.requestSubmit();
}

if (document.prerendering) document.addEventListener('prerenderingchange', goOn, { once: true });
else goOn();
