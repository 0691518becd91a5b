// Adds to the form of an update: a count of characters, and a question before leaving with unsaved text.
// Nothing depends on it.

const form = document.querySelector(".update-form");

// The server counts the same way: a line end is one character, and so is each letter with its marks composed.
const count = (text) => [...text.replace(/\r\n?/g, "\n").normalize("NFC").trim()].length;

const addCounter = (area) => {
  const most = Number(area.dataset.atMost);
  const counter = document.createElement("p");
  counter.className = "form-text counter";
  const show = () => {
    const length = count(area.value);
    counter.textContent = `${length.toLocaleString(document.documentElement.lang)} / ${most.toLocaleString(document.documentElement.lang)}`;
    counter.classList.toggle("is-over", length > most);
  };
  area.after(counter);
  area.addEventListener("input", show);
  show();
};

// A file that the server would refuse is not sent at all: over a slow line that takes minutes.
const refuseLargeFile = (input) => {
  const told = document.createElement("p");
  told.className = "invalid-feedback d-block";
  told.setAttribute("role", "alert");
  input.after(told);
  input.addEventListener("change", () => {
    const isTooLarge = [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
    told.textContent = isTooLarge ? input.dataset.tooLarge : "";
    if (isTooLarge) input.value = "";
  });
};

if (form) {
  form.querySelectorAll("input[data-most-bytes]").forEach(refuseLargeFile);
  form.querySelectorAll("textarea[data-at-most]").forEach(addCounter);
  let unsaved = false;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  // Said by the script that saves the draft.
  form.addEventListener("draft-saved", () => { unsaved = Boolean(form.elements.evidence?.value || form.elements.caption?.value); });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
}
