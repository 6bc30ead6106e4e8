"use strict";
(function () {
  function each(selector, act) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), act);
  }
  function money(unit, cents) {
    return unit + (cents / 100).toFixed(2).replace(".", ",").replace(/\B(?=(\d{3})+(?!\d))/g, ".");
  }
  each("[data-copy]", function (button) {
    var field = document.getElementById(button.getAttribute("data-copy"));
    var said = document.getElementById(button.getAttribute("data-said-in"));
    function done() {
      said.textContent = button.getAttribute("data-said");
    }
    function select() {
      field.focus();
      field.select();
      field.setSelectionRange(0, field.value.length);
    }
    function old() {
      select();
      if (document.execCommand("copy")) done();
    }
    field.addEventListener("focus", function () {
      field.select();
    });
    button.addEventListener("click", function () {
      said.textContent = "";
      if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(done, old);
      else old();
    });
    button.hidden = false;
  });
  each("[data-print]", function (button) {
    button.addEventListener("click", function () {
      window.print();
    });
    button.hidden = false;
  });
  each("input[type=range]", function (slider) {
    var shown = document.getElementById(slider.getAttribute("data-shown-in"));
    function show() {
      var unit = slider.getAttribute("data-unit");
      var value = unit ? money(unit, +slider.value) : slider.value;
      shown.textContent = value;
      slider.setAttribute("aria-valuetext", value);
    }
    slider.addEventListener("input", show);
  });
  each("form", function (form) {
    form.addEventListener("submit", function (event) {
      if (form.getAttribute("data-sent")) event.preventDefault();
      else if (form.method === "post") form.setAttribute("data-sent", "1");
    });
  });
  window.addEventListener("pageshow", function () {
    each("form[data-sent]", function (form) {
      form.removeAttribute("data-sent");
    });
  });
  var link = location.hash && document.getElementById(location.hash.slice(1));
  if (link && link.tagName === "DETAILS") link.open = true;
})();
