// Saves the draft of an update while somebody writes: on leaving a field, every few seconds, and when the page is
// put away. It sends the same form to the same address as the button does; the server answers with a sentence.

function keepSaving(form) {
  const said = form.querySelector(".autosave");
  const seconds = Number(form.dataset.autosaveSeconds);
  let underWay = null;

  // All that is text. A file and what it shows are sent once, by a button.
  const fields = () => {
    const data = new FormData(form);
    data.delete("evidence");
    data.delete("caption");
    return data;
  };
  // All of them but the two that change by themselves.
  const text = () => {
    const data = fields();
    data.delete("revision");
    data.delete("csrfmiddlewaretoken");
    return new URLSearchParams(data).toString();
  };
  // What the page shows may be sent back by the server, unsaved.
  let saved = "autosaveUnsaved" in form.dataset ? "" : text();

  const send = async () => {
    const sending = text();
    const body = new URLSearchParams(fields());
    body.set("action", "autosave");
    // Outlives the page that is being left; browsers allow that for 64 kB.
    const keepalive = body.toString().length < 60_000;
    try {
      const response = await fetch(location.pathname, { method: "POST", body, keepalive });
      const answer = await response.json();
      if (response.ok) {
        form.elements.revision.value = answer.revision;
        saved = sending;
        if (text() === saved) form.dispatchEvent(new Event("draft-saved"));
      }
      said.textContent = answer.sentence;
      said.dataset.state = response.ok ? "saved" : "refused";
    } catch {
      said.textContent = form.dataset.autosaveLost;
      said.dataset.state = "refused";
    }
  };

  // One at a time: the next one needs the revision that this one brings.
  const save = () => {
    if (underWay || text() === saved) return;
    underWay = send().finally(() => { underWay = null; });
  };

  form.addEventListener("change", save);
  setInterval(save, seconds * 1000);
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  // A button pressed while a save is under way waits for it, or two of the same person would collide.
  form.addEventListener("submit", (event) => {
    if (!underWay) return;
    event.preventDefault();
    underWay.then(() => form.requestSubmit(event.submitter));
  });
}

document.querySelectorAll("form[data-autosave-seconds]").forEach(keepSaving);
