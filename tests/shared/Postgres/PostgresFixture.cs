using Xunit;

[assembly: AssemblyFixture(typeof(EtlTools.Testing.PostgresFixture))]

namespace EtlTools.Testing;

/// <summary>The server that all tests of a run share; started by the first that asks for it.</summary>
public sealed class PostgresFixture : IDisposable
{
    private static readonly Lazy<PostgresServer> Lazy = new(() => new PostgresServer());

    internal static PostgresServer Server => Lazy.Value;

    public void Dispose()
    {
        if (Lazy.IsValueCreated)
            Lazy.Value.Dispose();
    }
}
