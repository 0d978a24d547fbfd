using EtlTools.Engine.Load;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A database of its own for a test of the loader, whatever its kind: looked at through connections of the test's own.</summary>
internal interface ITestTarget : IDisposable
{
    /// <summary>Options of a load into the table t by the key id.</summary>
    LoadOptions Options { get; }

    /// <summary>A path for a dead letter.</summary>
    string DeadLetter { get; }

    /// <summary>Runs statements. TEXT and INTEGER stand for the database's own types.</summary>
    void Execute(params string[] statements);

    /// <summary>The rows of a query, a line each, the values with | between them and nulls as null.</summary>
    string[] Rows(string sql);
}
