// Marks, while somebody writes, what the pledge names by now. Without it the marks come with the next save.

const form = document.querySelector(".update-form");
const hints = document.querySelectorAll("[data-inputs]");

const isFilled = (name) =>
  [...form.querySelectorAll(`[name="${name}"]`)].some((input) =>
    input.type === "checkbox" ? input.checked : input.value.trim() !== "");

const show = () => {
  for (const hint of hints) {
    const named = hint.dataset.inputs.split(" ").every(isFilled);
    hint.classList.toggle("is-named", named);
    hint.querySelector("[data-named]").hidden = !named;
    hint.querySelector("[data-lacking]").hidden = named;
  }
};

if (form && hints.length) {
  form.addEventListener("input", show);
  show();
}
