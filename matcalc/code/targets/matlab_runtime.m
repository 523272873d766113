% The small functions that emitted MATLAB files carry along; read as text.

function y = softplus(z)
    % log(1 + exp(z)), entry by entry, without overflow.
    y = max(z, 0) + log1p(exp(-abs(z)));
end

function y = xlogy(a, b)
    % a log b, entry by entry, and 0 where a is 0.
    y = a .* log(b + (a == 0));
    y(a == 0) = 0;
end

function Y = largest_entry(X)
    % 1 at the largest entry of X, 0 elsewhere.
    Y = zeros(size(X));
    [~, k] = max(reshape(X.', [], 1));
    Y = Y.';
    Y(k) = 1;
    Y = Y.';
end

function y = logdet(A)
    % log |det A|, without overflow.
    [~, U] = lu(A);
    y = sum(log(abs(diag(U))));
end

function B = pseudo_inverse(A)
    % The Moore–Penrose inverse; singular values up to 1e-12 of the largest count as zero.
    B = pinv(A, 1e-12 * norm(A));
end

function y = vech(X)
    % The columns of the lower triangle of X, stacked.
    y = X(tril(true(size(X))));
end

function L = elimination(n)
    % The matrix L with vech X = L vec X for X n×n.
    L = eye(n * n);
    L = L(reshape(tril(true(n)), [], 1), :);
end

function D = duplication(n)
    % The matrix D with vec X = D vech X for symmetric X n×n.
    places = zeros(n);
    places(tril(true(n))) = 1:n * (n + 1) / 2;
    places = max(places, places.');
    D = eye(n * (n + 1) / 2);
    D = D(reshape(places, [], 1), :);
end

function C = stacked_product(A, B, a_axes, b_axes)
    % A B for every index of the first axis of those that have three axes.
    if a_axes == 3
        count = size(A, 1);
    else
        count = size(B, 1);
    end
    for k = count:-1:1
        P = A;
        Q = B;
        if a_axes == 3
            P = reshape(A(k, :, :), size(A, 2), size(A, 3));
        end
        if b_axes == 3
            Q = reshape(B(k, :, :), size(B, 2), size(B, 3));
        end
        C(k, :, :) = P * Q;
    end
end

function R = rotation(X)
    % The exponential of [0, X; -X, 0]: the cosine of X, twice, and beside them its sine.
    n = size(X, 1);
    R = expm([zeros(n), X; -X, zeros(n)]);
end

function Y = sinm(X)
    % The sine of a matrix.
    n = size(X, 1);
    R = rotation(X);
    Y = R(1:n, n + 1:end);
end

function Y = cosm(X)
    % The cosine of a matrix.
    n = size(X, 1);
    R = rotation(X);
    Y = R(1:n, 1:n);
end

function Y = tanm(X)
    % The tangent of a matrix.
    Y = cosm(X) \ sinm(X);
end

function Y = sinhm(X)
    % The hyperbolic sine of a matrix.
    Y = (expm(X) - expm(-X)) / 2;
end

function Y = coshm(X)
    % The hyperbolic cosine of a matrix.
    Y = (expm(X) + expm(-X)) / 2;
end

function Y = tanhm(X)
    % The hyperbolic tangent of a matrix.
    Y = coshm(X) \ sinhm(X);
end

function K = frechet_matrix(f, X)
    % The matrix K with vec L_f(X, E) = K vec E, L_f(X, E) the upper right block of f([X E; 0 X]).
    n = size(X, 1);
    K = zeros(n * n);
    for k = 1:n * n
        E = zeros(n);
        E(k) = 1;
        big = f([X, E; zeros(n), X]);
        K(:, k) = reshape(big(1:n, n + 1:end), [], 1);
    end
end

function Q = difference_quotient(rise, gap, slope, noise)
    % rise ./ gap, or the slope there where rounding hides the difference of the two.
    [rise, gap] = deal(rise + 0 * gap, gap + 0 * rise);
    close = abs(rise - gap .* slope) <= noise;
    gap(close) = 1;
    Q = rise ./ gap;
    Q(close) = slope(close);
end

function F = divided_differences(w, f, df)
    % The matrix of (f(w_i) - f(w_j)) / (w_i - w_j), with f'(w_i) where they are equal.
    noise = 4 * eps(class(w)) * (abs(f) + abs(f).');
    F = difference_quotient(f - f.', w - w.', (df + df.') / 2, noise);
end

function T = second_divided_differences(w, f, df, ddf)
    % f[w_i, w_j, w_k] = (f[w_i, w_j] - f[w_j, w_k]) / (w_i - w_k), and its limits.
    n = numel(w);
    unit = 4 * eps(class(w));
    gap = w - w.';
    noise = unit * (abs(f) + abs(f).');
    slope = (df + df.') / 2 - gap .* (ddf - ddf.') / 12;
    F = difference_quotient(f - f.', gap, slope, noise);
    far = F ~= slope;
    noise(far) = noise(far) ./ abs(gap(far));
    noise(~far) = 0;
    noise = noise + unit * abs(F);
    third = (2 * ddf + ddf.') / 6;
    G = difference_quotient(df - F, gap, third, noise + unit * abs(df));
    slope = (G + reshape(G.', 1, n, n)) / 2;
    rise = F - reshape(F, 1, n, n);
    T = difference_quotient(rise, reshape(gap, n, 1, n), slope, noise + reshape(noise, 1, n, n));
end
