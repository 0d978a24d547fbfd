using EtlTools.Cmdlets.Tests;

// The test runner, or another process for tests that need one at the same database.
return args switch
{
    ["lock", var database] => DatabaseLock.Hold(database),
    ["count", var database, var output] => DatabaseLock.Count(database, output),
    _ => Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult(),
};
