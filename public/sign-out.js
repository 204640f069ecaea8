// Signing out takes along what was written here and never sent: whoever comes to this machine next is somebody else.

document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") !== "/api/logout") return;
  try {
    for (const key of Object.keys(localStorage)) if (/^(draft|saved):/.test(key)) localStorage.removeItem(key);
  } catch {
    // Storage is forbidden: there is nothing in it.
  }
});
