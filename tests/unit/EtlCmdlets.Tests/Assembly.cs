using Xunit.Sdk;
using Xunit.v3;

// Several tests count what the whole process holds.
[assembly: Parallelization(Mode = ParallelMode.None)]
