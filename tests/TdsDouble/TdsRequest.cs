namespace EtlTools.Tests.Tds;

/// <summary>What a client sent after its login.</summary>
/// <param name="Session">The number of the client's connection, from 1.</param>
public abstract record TdsRequest(int Session);

/// <summary>A batch of statements.</summary>
public sealed record BatchRequest(int Session, string Text) : TdsRequest(Session);

/// <summary>A procedure call; sp_executesql has the statement as its first parameter.</summary>
public sealed record RpcCall(int Session, string Procedure, IReadOnlyList<TdsParameter> Parameters) : TdsRequest(Session)
{
    /// <summary>The statement of sp_executesql.</summary>
    public string Text => Parameters.Count > 0 ? Parameters[0].Value as string ?? "" : "";
}

/// <summary>A parameter of a call.</summary>
public sealed record TdsParameter(string Name, object? Value);

/// <summary>The rows of a bulk load.</summary>
public sealed record BulkLoad(int Session, IReadOnlyList<TdsColumn> Columns, IReadOnlyList<object?[]> Rows) : TdsRequest(Session);

/// <summary>Begins, commits or rolls back.</summary>
public sealed record TransactionRequest(int Session, TransactionAction Action) : TdsRequest(Session);

/// <summary>The client wants the running request to end.</summary>
public sealed record Attention(int Session) : TdsRequest(Session);

/// <summary>The requests of the transaction manager ([MS-TDS] 2.2.6.9).</summary>
public enum TransactionAction : ushort
{
    /// <summary>TM_BEGIN_XACT.</summary>
    Begin = 5,

    /// <summary>TM_COMMIT_XACT.</summary>
    Commit = 7,

    /// <summary>TM_ROLLBACK_XACT.</summary>
    Rollback = 8,

    /// <summary>TM_SAVE_XACT.</summary>
    Save = 9,
}
