namespace EtlTools.Tests.Tds;

/// <summary>An answer: the tokens that the client gets, in order, and what happens to the connection then.</summary>
public sealed class TdsReply
{
    private const byte ColumnsToken = 0x81;
    private const byte ErrorToken = 0xAA;
    private const byte InfoToken = 0xAB;
    private const byte RowToken = 0xD1;
    private const byte EnvironmentToken = 0xE3;
    private const byte DoneToken = 0xFD;

    private const int More = 0x01;
    private const int Failed = 0x02;
    private const int Counted = 0x10;
    private const int AttentionDone = 0x20;

    private readonly TdsWriter _tokens = new();
    private bool _failed;

    /// <summary>What happens after the tokens are sent.</summary>
    internal Ending Ending { get; private set; }

    /// <summary>Packets of the bulk load that follows after which the connection is dropped; 0 for never.</summary>
    internal int DropAfterBulkPackets { get; private set; }

    /// <summary>Adds a result set.</summary>
    public TdsReply Rows(IReadOnlyList<TdsColumn> columns, params IEnumerable<object?[]> rows)
    {
        long count = WriteRows(columns, rows);
        return Done(More | Counted, count);
    }

    /// <summary>Adds rows, behind which the connection ends in the middle of the result.</summary>
    public TdsReply CutRows(IReadOnlyList<TdsColumn> columns, params IEnumerable<object?[]> rows)
    {
        WriteRows(columns, rows);
        Ending = Ending.Cut;
        return this;
    }

    /// <summary>Adds rows, behind which nothing comes until an attention does.</summary>
    public TdsReply StallBehindRows(IReadOnlyList<TdsColumn> columns, params IEnumerable<object?[]> rows)
    {
        WriteRows(columns, rows);
        return Stall();
    }

    private long WriteRows(IReadOnlyList<TdsColumn> columns, IEnumerable<object?[]> rows)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(rows);
        _tokens.Byte(ColumnsToken).UInt16(columns.Count);
        foreach (TdsColumn column in columns)
            column.Write(_tokens);
        long count = 0;
        foreach (object?[] row in rows)
        {
            count++;
            _tokens.Byte(RowToken);
            for (int i = 0; i < columns.Count; i++)
                TdsValue.Write(_tokens, columns[i].Type, row[i]);
        }
        return count;
    }

    /// <summary>Adds the end of a statement that changed so many rows.</summary>
    public TdsReply Count(long rows) => Done(More | Counted, rows);

    /// <summary>Adds an error; of class 20 and above the server ends the connection after it.</summary>
    public TdsReply Error(int number, string message = "scripted", byte level = 16, byte state = 1)
    {
        _failed = true;
        Message(ErrorToken, number, message, level, state);
        const byte fatal = 20;
        if (level >= fatal)
            Ending = Ending.Drop;
        return this;
    }

    /// <summary>Adds a message that is no error.</summary>
    public TdsReply Info(int number, string message)
    {
        Message(InfoToken, number, message, level: 0, state: 1);
        return this;
    }

    /// <summary>Tells the client that its transaction is gone, as errors that roll back do.</summary>
    public TdsReply TransactionEnded() => Transaction(TransactionAction.Rollback);

    /// <summary>Drops the connection when the tokens are sent; without tokens nothing is sent.</summary>
    public TdsReply Drop()
    {
        Ending = Ending.Drop;
        return this;
    }

    /// <summary>Never ends the answer, until an attention comes.</summary>
    public TdsReply Stall()
    {
        Ending = Ending.Stall;
        return this;
    }

    /// <summary>Drops the connection when so many packets of the bulk load that follows have come.</summary>
    public TdsReply DropInBulk(int packets)
    {
        DropAfterBulkPackets = packets;
        return this;
    }

    /// <summary>Tells the client what became of the transaction, as the server does after statements, too ([MS-TDS] 2.2.7.9).</summary>
    public TdsReply Transaction(TransactionAction action)
    {
        const int begun = 8, committed = 9, rolledBack = 10;
        byte[] id = [1, 0, 0, 0, 0, 0, 0, 0];
        _tokens.Sized(EnvironmentToken, writer =>
        {
            if (action == TransactionAction.Begin)
                writer.Byte(begun).Byte(id.Length).Bytes(id).Byte(0);
            else
                writer.Byte(action == TransactionAction.Commit ? committed : rolledBack).Byte(0).Byte(id.Length).Bytes(id);
        });
        return this;
    }

    internal TdsReply Environment(int type, string now, string before)
    {
        _tokens.Sized(EnvironmentToken, writer => writer.Byte(type).ShortText(now).ShortText(before));
        return this;
    }

    internal TdsReply Collation()
    {
        const int sqlCollation = 7;
        _tokens.Sized(EnvironmentToken, writer => writer.Byte(sqlCollation).Byte(TdsType.DefaultCollation.Length).Bytes(TdsType.DefaultCollation).Byte(0));
        return this;
    }

    internal TdsReply LoginAck(byte version)
    {
        const byte loginAckToken = 0xAD;
        _tokens.Sized(loginAckToken, writer => writer.Byte(1).Bytes([0x74, 0, 0, 4]).ShortText("TDS double").Bytes([version, 0, 0x10, 0]));
        return this;
    }

    internal TdsReply FedAuthAck()
    {
        const byte featureAckToken = 0xAE, fedAuth = 0x02, end = 0xFF;
        _tokens.Byte(featureAckToken).Byte(fedAuth).Int32(0).Byte(end);
        return this;
    }

    /// <summary>The message's bytes.</summary>
    internal byte[] ToArray() => [.. _tokens.ToArray(), .. new TdsWriter().Byte(DoneToken).UInt16(_failed ? Failed : 0).UInt16(0).Int64(0).ToArray()];

    /// <summary>The tokens without an end.</summary>
    internal byte[] ToOpenArray() => _tokens.ToArray();

    internal static byte[] AttentionAck() => new TdsWriter().Byte(DoneToken).UInt16(AttentionDone).UInt16(0).Int64(0).ToArray();

    private TdsReply Done(int status, long count)
    {
        _tokens.Byte(DoneToken).UInt16(status).UInt16(0).Int64(count);
        return this;
    }

    private void Message(byte token, int number, string message, byte level, byte state) => _tokens.Sized(token, writer =>
        writer.Int32(number).Byte(state).Byte(level).LongText(message).ShortText("double").ShortText("").Int32(1));
}

/// <summary>What happens after an answer's tokens.</summary>
internal enum Ending
{
    /// <summary>The answer ends.</summary>
    Done,

    /// <summary>The connection is dropped.</summary>
    Drop,

    /// <summary>The connection ends before the answer does.</summary>
    Cut,

    /// <summary>Nothing, until the client wants it to end.</summary>
    Stall,
}
