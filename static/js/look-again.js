// Shows how far a job is without a click: asks for the page anew, and takes only the part that says so.
// When the work has ended the whole page is loaded. Without this script a link does the same.
function lookAgain(part) {
  const seconds = Number(part.dataset.lookAgain) || 2;
  setTimeout(async () => {
    let next = null;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      next = answer.ok ? page.querySelector("[data-look-again]") : null;
    } catch {
      // The line is down for now; the next look may get through.
      lookAgain(part);
      return;
    }
    if (!next) {
      location.reload();
      return;
    }
    part.replaceChildren(...next.childNodes);
    lookAgain(part);
  }, seconds * 1000);
}

for (const part of document.querySelectorAll("[data-look-again]")) lookAgain(part);
