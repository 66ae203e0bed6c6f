const { reporters } = require("mocha");

/** mocha's own report, and the totals once more in one plain line at the end. */
module.exports = class SpecWithTotals extends reporters.Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures } = this.stats;
    console.log(`${passes} passed, ${failures} failed`);
  }
};
