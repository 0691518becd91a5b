// Gives the search boxes of Django's admin (select2) the name of their field, which they lack for screen readers.
function nameSearchBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = select.labels[0]?.textContent.trim();
    const box = select.nextElementSibling;
    if (!label || !box) continue;
    for (const part of box.querySelectorAll("[role=combobox], [role=textbox], .select2-search__field")) {
      part.setAttribute("aria-label", label);
    }
  }
}
// jQuery calls in the order of asking, so this comes after the boxes are made. Pages without jQuery have none.
window.django?.jQuery?.(nameSearchBoxes);
