// Puts a button beside each address that can be copied. Without it the address is selected and copied by hand.

document.querySelectorAll("input[data-copy]").forEach((input) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = input.dataset.copy;
  // Read out when it changes.
  const said = document.createElement("span");
  said.className = "copy-said";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(input.value);
      said.textContent = input.dataset.copied;
    } catch {
      input.select();
    }
  });
  input.addEventListener("focus", () => input.select());
  input.after(button, said);
});
