/* The code may be typed, or the whole address that holds it pasted. */
document.getElementById("enter")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const word = document.getElementById("word").value.trim().replace(/\/+$/, "").split("/").at(-1);
  if (word) location.assign(`/join/${encodeURIComponent(word)}`);
});
