namespace EtlTools.Engine.Load;

/// <summary>Rows of a batch, from <paramref name="Start"/> to before <paramref name="End"/>.</summary>
internal readonly record struct RowRange(int Start, int End)
{
    public int Count => End - Start;
}
