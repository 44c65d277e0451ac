// pool_list.hpp - an intrusive list: no allocation, and an element is removed from the middle in constant time.
//
// Use:     struct thing : pool_link<thing> { ... };  pool_list<thing> list;  list.push_back(one);  list.remove(one);
// Bounds:  an element is in one list at a time, and must not move or die while it is.
// Threads: one at a time.
#pragma once

#include <cstddef>

namespace sluice::base {

template <typename T>
class pool_list;

template <typename T>
class pool_link {
    friend class pool_list<T>;
    friend T;
    pool_link() = default;
    T* before_ = nullptr;
    T* after_ = nullptr;
};

template <typename T>
class pool_list {
  public:
    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] T* first() const { return first_; }
    [[nodiscard]] T* last() const { return last_; }
    [[nodiscard]] static T* after(const T& element) { return link(element).after_; }

    void push_back(T& element) {
        link(element).before_ = last_;
        link(element).after_ = nullptr;
        (last_ != nullptr ? link(*last_).after_ : first_) = &element;
        last_ = &element;
        ++size_;
    }
    void remove(T& element) {
        const pool_link<T>& own = link(element);
        (own.before_ != nullptr ? link(*own.before_).after_ : first_) = own.after_;
        (own.after_ != nullptr ? link(*own.after_).before_ : last_) = own.before_;
        --size_;
    }
    // Null: the list is empty.
    T* pop_front() { return pop(first_); }
    T* pop_back() { return pop(last_); }

  private:
    static pool_link<T>& link(T& element) { return element; }
    static const pool_link<T>& link(const T& element) { return element; }
    T* pop(T* element) {
        if (element != nullptr) {
            remove(*element);
        }
        return element;
    }

    T* first_ = nullptr;
    T* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace sluice::base
