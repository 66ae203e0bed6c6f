import { requests } from "../support/cases/fault-matrix";
import { testFaults } from "../support/cases/fault-test";

testFaults("every fault at every request of a create", requests);
