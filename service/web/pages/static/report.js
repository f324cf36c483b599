// The report prints itself.
"use strict";
document.getElementById("print").addEventListener("click", () => print());
