using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>The order of records by their content: the columns' names and values, one after another. Texts are compared with regard to case, so
/// that no difference is hidden.</summary>
internal static class RecordOrder
{
    public static int Compare(Record one, Record other)
    {
        one = NestedValues.Fold(one, out _);
        other = NestedValues.Fold(other, out _);
        for (int i = 0; i < Math.Min(one.Schema.Count, other.Schema.Count); i++)
        {
            int order = StringComparer.OrdinalIgnoreCase.Compare(one.Schema[i], other.Schema[i]);
            if (order == 0)
                order = CompareValues(one[i], other[i]);
            if (order != 0)
                return order;
        }
        return one.Schema.Count.CompareTo(other.Schema.Count);
    }

    private static int CompareValues(object? one, object? other) => one is IComparable comparable and not string && one.GetType() == other?.GetType()
        ? comparable.CompareTo(other)
        : StringComparer.Ordinal.Compare(InvariantText.Of(one), InvariantText.Of(other));
}
