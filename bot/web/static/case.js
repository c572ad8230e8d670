// Copies the words for a customer whom the bot cannot write to. Without it they can be selected by hand.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(words.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(words);
    }
  });
}
