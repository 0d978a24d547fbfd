using Xunit;

[assembly: AssemblyFixture(typeof(EtlTools.Testing.PostgresFixture))]

namespace EtlTools.Testing;

/// <summary>The server that all tests of a run share; started by the first that asks for it.</summary>
public sealed class PostgresFixture : IDisposable
{
    private static readonly Lazy<PostgresServer> Lazy = new(NewServer);

    internal static PostgresServer Server => Lazy.Value;

    /// <summary>A server for one test. Where the tests were told to do without, that test is skipped.</summary>
    internal static PostgresServer NewServer()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ETLTOOLS_TEST_POSTGRES") == "none", "Needs PostgreSQL.");
        return new PostgresServer();
    }

    public void Dispose()
    {
        if (Lazy.IsValueCreated)
            Lazy.Value.Dispose();
    }
}
