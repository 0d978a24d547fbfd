using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>A record's place in its source.</summary>
public sealed class EtlPosition
{
    private EtlPosition(SourcePosition position)
    {
        Source = position.Source.Path;
        Line = position.Line;
        ByteOffset = position.ByteOffset;
        Row = position.Row;
        Text = position.ToString();
    }

    /// <summary>The full path of the file, or the address.</summary>
    public string Source { get; }

    /// <summary>The line on which the record begins, from 1; 0 if the source has no lines.</summary>
    public long Line { get; }

    /// <summary>The offset of the record's first byte, in bytes from the start of the source.</summary>
    public long ByteOffset { get; }

    /// <summary>The number of the record in its source, from 1.</summary>
    public long Row { get; }

    private string Text { get; }

    /// <summary>The form that messages use, such as orders.csv:17, or orders.json#17 for a record that has no line.</summary>
    public override string ToString() => Text;

    internal static EtlPosition Of(SourcePosition position) => new(position);
}
