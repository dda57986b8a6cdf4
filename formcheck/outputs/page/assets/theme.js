/* Before anything is painted: the colours that were chosen here last. */
try { const t = localStorage.getItem("formcheck-theme"); if (t) document.documentElement.dataset.theme = t; } catch (e) { /* private mode */ }
