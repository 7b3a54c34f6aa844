// What a page asks of the browser, in the attributes of the script that names this file: being a file of the site, it needs no
// exception in the content security policy, and no text that a page writes is ever run.
(() => {
  const { language, post, body, then } = document.currentScript.dataset;
  if (language) {
    document.documentElement.lang = language;
  }
  if (post) {
    const go = () => (then ? location.assign(then) : location.reload());
    fetch(post, { method: "POST", body, credentials: "same-origin" }).finally(go);
  }
})();
