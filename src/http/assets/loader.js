/* Runs on the loader page: empties the address bar of the code it carries, then submits the form. A page that a browser
   only prepares (prerendering) does neither until somebody looks at it. The form is used by way of its prototype alone:
   a field of it that were called "submit" would stand in the place of its function. */
'use strict';

function goOn() {
  history.replaceState(null, '', location.pathname);
  const form = document.querySelector('form[data-loader]');
  if (!form) return;
  document.querySelector('form[data-loader] > button').disabled = true;
  HTMLFormElement.prototype.submit.call(form);
}

if (document.prerendering) document.addEventListener('prerenderingchange', goOn, { once: true });
else goOn();
